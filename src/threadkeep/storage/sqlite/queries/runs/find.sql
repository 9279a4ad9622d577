-- By unique (project, id).
select project, body, revision, worker, epoch, attempts, due_at, parked_usage,
       on_crash, traceparent
from runs
where project = :project and id = :id and thread_id = :thread_id
