-- By primary key, then unique (vector_store_file, epoch, position).
select chunks.overlap, chunks.text
from vector_stores
join vector_store_files
  on vector_store_files.project = vector_stores.project
  and vector_store_files.vector_store_id = vector_stores.id
join chunks
  on chunks.vector_store_file = vector_store_files.seq and chunks.epoch = vector_store_files.epoch
where vector_stores.project = :project and vector_stores.id = :vector_store_id
  and (vector_stores.expires_at <= coalesce(cast(:now as float8), extract(epoch from statement_timestamp())))
      is not true
  and vector_store_files.file_id = :file_id and vector_store_files.status = 'completed'
order by chunks.position
