-- The index runs_queued, which ends with seq.
select project, body, revision, worker, epoch, attempts, due_at, parked_usage,
       on_crash, traceparent
from runs
where status = 'queued'
order by seq
limit :limit
