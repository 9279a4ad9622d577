-- The index vector_store_files_by_batch_and_status. Nobody reads them any further before the transaction ends.
select seq, body
from vector_store_files
where project = :project and vector_store_id = :vector_store_id and batch_id = :id
  and status = 'in_progress'
for no key update
