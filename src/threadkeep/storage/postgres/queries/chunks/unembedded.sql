-- The index vector_store_files_by_status, then unique (vector_store_file, epoch, position), and for each chunk by primary
-- key (chunk, embedding_space, place).
select chunks.seq, vector_store_files.file_id, chunks.position, chunks.overlap, chunks.text
from vector_store_files
join chunks
  on chunks.vector_store_file = vector_store_files.seq
  and chunks.epoch = vector_store_files.epoch
where vector_store_files.project = :project
  and vector_store_files.vector_store_id = :vector_store_id
  and vector_store_files.status = 'completed'
  and not exists (
    select
    from chunk_vectors
    where chunk_vectors.chunk = chunks.seq
      and chunk_vectors.embedding_space = cast(:embedding_space as bigint)
  )
order by vector_store_files.seq, chunks.position
limit :limit
