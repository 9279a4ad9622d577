-- The index runs_queued_by_id.
select project, body, revision, worker, epoch, attempts, due_at, parked_usage,
       on_crash, traceparent
from runs
where status = 'queued' and id = :id and thread_id = :thread_id
limit :limit
