-- By unique (project, vector_store_id, file_id), in the transaction that has just read it.
update vector_store_files
set worker = :worker, epoch = :epoch, attempts = :attempts
where project = :project and vector_store_id = :vector_store_id and file_id = :file_id
