-- The index vector_store_files_by_batch_and_status. Nobody reads them any further before the transaction ends.
select body
from vector_store_files
where project = :project and vector_store_id = :vector_store_id and batch_id = :id
  and status = 'in_progress'
order by file_id
for no key update
