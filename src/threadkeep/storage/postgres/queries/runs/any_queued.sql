-- The index runs_queued of one partition after the other, up to the first that is not empty.
select id
from runs
where status = 'queued'
limit 1
