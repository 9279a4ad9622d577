-- The index vector_store_files_by_status, once for each vector store.
select seq, body
from vector_store_files
where project = :project and vector_store_id = any(cast(:vector_store_ids as text[]))
  and status = 'completed'
