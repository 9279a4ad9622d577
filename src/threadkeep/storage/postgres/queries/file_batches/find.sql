-- By primary key.
select body, is_cancelled, in_progress, completed, failed, cancelled
from file_batches
where project = :project and id = :id and vector_store_id = :vector_store_id
