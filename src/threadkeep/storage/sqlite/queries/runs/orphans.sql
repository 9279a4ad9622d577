-- The index runs_held (no worker has an empty id), and for each of its rows the worker's lease.
select project, body, revision, worker, epoch, attempts, due_at, parked_usage,
       on_crash, traceparent
from runs
where held and worker > ''
  and not exists (select 1 from workers where id = runs.worker and lease_until > :now)
order by worker
limit :limit
