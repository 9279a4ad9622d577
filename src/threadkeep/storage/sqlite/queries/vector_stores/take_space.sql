-- By primary key, of a vector store that the same transaction has found by its project. It stays in its space as long as
-- it has chunks that can be found.
update vector_stores
set embedding_space = :embedding_space, version = version + 1
where seq = :vector_store
  and (embedding_space is null or (embedding_space <> :embedding_space and chunk_count = 0))
