-- All workers, of whom there are few, and for each the indexes runs_held and vector_store_files_held.
select id, lease_until,
       (select count(*) from runs where held and worker = workers.id),
       (select count(*) from vector_store_files
        where status = 'in_progress' and worker is not null and worker = workers.id)
from workers
order by id
