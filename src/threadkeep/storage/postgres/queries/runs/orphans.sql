-- The index runs_held of each partition, and for each of its rows the worker's lease.
select project, body, revision, worker, epoch, attempts, due_at, parked_usage,
       on_crash, traceparent
from runs
where held
  and not exists (
    select 1 from workers
    where id = runs.worker
      and lease_until > coalesce(cast(:now as double precision), extract(epoch from statement_timestamp()))
  )
limit :limit
