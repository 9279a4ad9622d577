-- The index run_steps_by_run, once for each run.
select seq, body
from json_each(:run_ids) as wanted
cross join run_steps
where project = :project and run_id = wanted.value and thread_id = :thread_id
