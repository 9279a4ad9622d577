-- The index runs_held of each partition.
select project, thread_id, id, epoch, status
from runs
where worker = :worker and held
