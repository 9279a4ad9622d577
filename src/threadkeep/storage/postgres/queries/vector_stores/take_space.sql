-- By primary key, and for the file by the index chunk_vectors_by_file, in the transaction that has locked both. A vector
-- store stays in its space as long as it has other chunks that can be found.
update vector_stores
set embedding_space = held.embedding_space
from (
    select embedding_space
    from chunk_vectors
    where vector_store_file = :file and epoch = :epoch
    limit 1
  ) as held
where vector_stores.project = :project and vector_stores.id = :vector_store_id
  and (
    vector_stores.embedding_space is null
    or (vector_stores.embedding_space <> held.embedding_space and vector_stores.chunk_count = 0)
  )
