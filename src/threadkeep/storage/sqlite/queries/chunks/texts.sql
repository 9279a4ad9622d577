-- By unique (project, id), then unique (vector_store_file, epoch, position).
select chunks.overlap, chunks.text
from vector_stores
cross join vector_store_files
cross join chunks
where vector_stores.project = :project and vector_stores.id = :vector_store_id
  and (vector_stores.expires_at is null or vector_stores.expires_at > :now)
  and vector_store_files.project = :project
  and vector_store_files.vector_store_id = :vector_store_id
  and vector_store_files.file_id = :file_id and vector_store_files.status = 'completed'
  and chunks.vector_store_file = vector_store_files.seq
  and chunks.epoch = vector_store_files.epoch
order by chunks.position
