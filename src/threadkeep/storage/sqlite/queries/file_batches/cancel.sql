-- By unique (project, id).
update file_batches
set is_cancelled = 1
where project = :project and id = :id and vector_store_id = :vector_store_id
