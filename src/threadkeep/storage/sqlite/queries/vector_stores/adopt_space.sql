-- By primary key, of a vector store that the same transaction has found by its project.
update vector_stores
set embedding_space = :embedding_space, version = version + 1
where seq = :vector_store and embedding_space is not :embedding_space
