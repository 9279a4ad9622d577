-- A range of the index run_steps_by_run, which ends with seq.
select id, event_epoch, first_event, last_event
from run_steps
where project = :project and thread_id = :thread_id and run_id = :run_id
  and event_epoch is not null
order by seq
