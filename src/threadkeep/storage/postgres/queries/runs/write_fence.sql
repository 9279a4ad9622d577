-- By primary key. The fence of writes that leave the run itself as it is, and keep it so until they are committed.
select runs.project, runs.body, runs.revision, runs.worker, runs.epoch, runs.attempts,
       runs.due_at, runs.parked_usage, runs.on_crash, runs.traceparent
from unnest(
    :project::text[], :thread_id::text[], :id::text[], :seen_epoch::integer[], :seen_worker::text[]
) as given (project, thread_id, id, seen_epoch, seen_worker)
join runs on runs.project = given.project and runs.thread_id = given.thread_id and runs.id = given.id
where runs.epoch = given.seen_epoch and runs.worker is not distinct from given.seen_worker
  and runs.active
for no key update of runs
