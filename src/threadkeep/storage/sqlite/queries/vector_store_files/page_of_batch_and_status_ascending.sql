-- A range of the index vector_store_files_by_batch_and_status, which ends with seq.
select body
from vector_store_files
where project = :project and vector_store_id = :vector_store_id and batch_id = :batch_id
  and status = :status and seq > :above and seq < :below
order by seq
limit :limit
