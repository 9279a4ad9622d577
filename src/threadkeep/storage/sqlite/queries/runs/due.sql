-- A range of the index runs_due.
select project, body, revision, worker, epoch, attempts, due_at, parked_usage,
       on_crash, traceparent
from runs
where active and due_at <= :now
order by due_at
limit :limit
