-- A range of the index runs_due.
select project, body, revision, worker, epoch, attempts, due_at, parked_usage,
       on_crash, traceparent
from runs
where status in ('queued', 'in_progress', 'requires_action', 'cancelling')
  and due_at <= coalesce(cast(:now as double precision), extract(epoch from statement_timestamp()))
order by due_at
limit :limit
