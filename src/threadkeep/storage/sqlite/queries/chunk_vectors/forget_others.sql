-- A range of the index chunk_vectors_by_vector_store, of a vector store that the same transaction has found by its project.
delete from chunk_vectors
where seq in (
  select seq
  from chunk_vectors
  where vector_store = :vector_store and embedding_space <> :embedding_space
  limit :limit
)
