-- The index chunk_vectors_by_file, of the files of a vector store that the same transaction has locked.
delete from chunk_vectors
where (chunk, embedding_space, place) in (
  select chunk_vectors.chunk, chunk_vectors.embedding_space, chunk_vectors.place
  from vector_store_files
  join chunk_vectors
    on chunk_vectors.vector_store_file = vector_store_files.seq
    and chunk_vectors.epoch = vector_store_files.epoch
  where vector_store_files.project = :project
    and vector_store_files.vector_store_id = :vector_store_id
    and chunk_vectors.embedding_space <> :embedding_space
  limit :limit
)
