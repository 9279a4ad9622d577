-- By unique (project, vector_store_id, file_id). The fence: no row for whoever lost the file.
select vector_store_files.seq, vector_stores.seq, vector_store_files.body
from vector_store_files
cross join vector_stores
where vector_store_files.project = :project
  and vector_store_files.vector_store_id = :vector_store_id
  and vector_store_files.file_id = :file_id
  and vector_store_files.epoch = :epoch and vector_store_files.worker = :worker
  and vector_store_files.status = 'in_progress'
  and vector_stores.project = :project and vector_stores.id = :vector_store_id
