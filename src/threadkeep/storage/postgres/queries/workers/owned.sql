-- The index runs_held.
select project, thread_id, id, epoch, status
from runs
where worker = :worker and held
