-- A range of the index run_steps_by_run, which ends with seq.
select body
from run_steps
where project = :project and run_id = :run_id and thread_id = :thread_id
  and seq > :above and seq < :below
order by seq desc
limit :limit
