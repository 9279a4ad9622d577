-- The index vector_store_files_by_status.
select seq, epoch
from vector_store_files
where project = :project
  and vector_store_id = (select id from vector_stores where seq = :vector_store)
  and status = 'completed'
