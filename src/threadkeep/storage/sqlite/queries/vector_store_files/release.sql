-- By unique (project, vector_store_id, file_id). The fence: no row for whoever lost the file.
update vector_store_files
set worker = null
where project = :project and vector_store_id = :vector_store_id and file_id = :file_id
  and epoch = :epoch and worker = :worker and status = 'in_progress'
