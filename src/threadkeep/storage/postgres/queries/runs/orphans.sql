-- The index runs_held, from one worker to the next; for each its lease, and the runs of those without.
-- So it costs as much as there are workers, not runs.
with recursive holder as (
    select min(worker) as worker
    from runs
    where held
    union all
    select (select min(runs.worker) from runs where runs.held and runs.worker > holder.worker)
    from holder
    where holder.worker is not null
)
select runs.project, runs.body, runs.revision, runs.worker, runs.epoch, runs.attempts,
       runs.due_at, runs.parked_usage, runs.on_crash, runs.traceparent
from holder
join runs on runs.held and runs.worker = holder.worker
where not exists (
    select 1 from workers
    where workers.id = holder.worker
      and workers.lease_until
          > coalesce(cast(:now as double precision), extract(epoch from statement_timestamp()))
  )
limit :limit
