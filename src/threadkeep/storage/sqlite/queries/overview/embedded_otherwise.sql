-- All vector stores, for whoever operates the server; by primary key of embedding_spaces.
select vector_stores.id, embedding_spaces.model, embedding_spaces.dimensions
from vector_stores
cross join embedding_spaces
where embedding_spaces.seq = vector_stores.embedding_space
  and (embedding_spaces.model, embedding_spaces.dimensions) <> (:model, :dimensions)
limit :limit
