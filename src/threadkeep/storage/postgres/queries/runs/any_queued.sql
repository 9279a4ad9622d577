-- The first of the index runs_queued.
select id
from runs
where status = 'queued'
limit 1
