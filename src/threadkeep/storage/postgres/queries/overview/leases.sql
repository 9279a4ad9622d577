-- All workers, of whom there are few, and for each the indexes runs_held and vector_store_files_held.
select id,
       greatest(
           lease_until
               - coalesce(cast(:now as double precision), extract(epoch from statement_timestamp())),
           0
       ),
       (select count(*) from runs where held and worker = workers.id),
       (select count(*) from vector_store_files
        where status = 'in_progress' and worker is not null and worker = workers.id)
from workers
order by id
