-- By primary key. The fence: no row for whoever lost the file; who gets one has it until the transaction ends.
select vector_store_files.seq, vector_stores.seq, vector_store_files.body
from vector_store_files
join vector_stores
  on vector_stores.project = vector_store_files.project
  and vector_stores.id = vector_store_files.vector_store_id
where vector_store_files.project = :project
  and vector_store_files.vector_store_id = :vector_store_id
  and vector_store_files.file_id = :file_id
  and vector_store_files.epoch = :seen_epoch and vector_store_files.worker = :seen_worker
  and vector_store_files.status = 'in_progress'
for no key update of vector_store_files
