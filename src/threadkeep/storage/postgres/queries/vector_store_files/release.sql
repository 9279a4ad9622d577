-- By primary key. A new epoch gives up the chunks that were put aside.
update vector_store_files
set worker = null, epoch = epoch + 1, attempts = attempts - 1
where project = :project and vector_store_id = :vector_store_id and file_id = :file_id
  and status = 'in_progress' and worker = :seen_worker and epoch = :seen_epoch
