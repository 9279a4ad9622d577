-- The index runs_queued_by_id.
select project, body, revision, worker, epoch, attempts, due_at, parked_usage
from runs
where status = 'queued' and id = :id
limit :limit
