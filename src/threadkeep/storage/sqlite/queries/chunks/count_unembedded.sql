-- As in unembedded.sql.
select count(*)
from vector_store_files
cross join chunks
where vector_store_files.project = :project
  and vector_store_files.vector_store_id = :vector_store_id
  and vector_store_files.status = 'completed'
  and chunks.vector_store_file = vector_store_files.seq
  and chunks.epoch = vector_store_files.epoch
  and not exists (
    select 1
    from chunk_vectors
    where chunk_vectors.chunk = chunks.seq and chunk_vectors.embedding_space = :embedding_space
  )
