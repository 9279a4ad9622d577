-- The index chunk_vectors_by_file, for each completed file of the vector stores by vector_store_files_by_status.
select chunk_vectors.chunk, chunk_vectors.vector
from vector_store_files
join chunk_vectors
  on chunk_vectors.vector_store_file = vector_store_files.seq
  and chunk_vectors.epoch = vector_store_files.epoch
where vector_store_files.project = :project
  and vector_store_files.vector_store_id = any(cast(:vector_store_ids as text[]))
  and vector_store_files.status = 'completed'
  and (cast(:files as bigint[]) is null or vector_store_files.seq = any(cast(:files as bigint[])))
  and chunk_vectors.embedding_space = :embedding_space
