-- By unique (project, id). The fence of a write that leaves the run itself as it is.
select project, body, revision, worker, epoch, attempts, due_at, parked_usage,
       on_crash, traceparent
from runs
where project = :project and id = :id and epoch = :epoch and worker is :worker and active
