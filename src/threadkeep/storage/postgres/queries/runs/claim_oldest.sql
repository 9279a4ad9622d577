-- The index runs_queued. Not those that somebody else is claiming or writing at this moment.
select project, body, revision, worker, epoch, attempts, due_at, parked_usage,
       on_crash, traceparent
from runs
where status = 'queued'
order by seq
limit :limit
for no key update skip locked
