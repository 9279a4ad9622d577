-- By primary key, once for each id, and by primary key.
select vector_stores.id, embedding_spaces.model, embedding_spaces.dimensions
from vector_stores
join embedding_spaces on embedding_spaces.seq = vector_stores.embedding_space
where vector_stores.project = :project
  and vector_stores.id = any(cast(:vector_store_ids as text[]))
