-- The index run_steps_by_run, once for each run; few rows, put in order.
select body
from run_steps
where project = :project and thread_id = :thread_id and run_id = any(:run_ids::text[])
order by seq
