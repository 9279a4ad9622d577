-- By primary key.
select project, body, revision, worker, epoch, attempts, due_at, parked_usage,
       on_crash, traceparent
from runs
where project = :project and thread_id = :thread_id and id = :id
