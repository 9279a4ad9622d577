-- The index runs_held.
select id, epoch, status
from runs
where worker = :worker and held
