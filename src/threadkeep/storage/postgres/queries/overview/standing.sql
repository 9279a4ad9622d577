-- The index runs_by_id; those ahead by the index runs_queued. What time it is.
select project, body, revision, worker, epoch, attempts, due_at, parked_usage,
       on_crash, traceparent, queued_at,
       (select count(*) from runs as others where others.status = 'queued' and others.seq < runs.seq),
       (select lease_until from workers where id = runs.worker),
       coalesce(cast(:now as double precision), extract(epoch from statement_timestamp()))
from runs
where project = :project and id = :id
