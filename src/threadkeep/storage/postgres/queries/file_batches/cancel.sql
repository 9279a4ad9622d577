-- By primary key.
update file_batches
set is_cancelled = true
where project = :project and id = :id and vector_store_id = :vector_store_id
