-- The index vector_store_files_by_status, once for each vector store.
select seq, body
from vector_store_files
where project = :project
  and vector_store_id in (select value from json_each(:vector_store_ids)) and status = 'completed'
