-- All vector stores, for whoever operates the server; by primary key of embedding_spaces.
select vector_stores.id, embedding_spaces.model, embedding_spaces.dimensions
from vector_stores
join embedding_spaces on embedding_spaces.seq = vector_stores.embedding_space
where (embedding_spaces.model, embedding_spaces.dimensions) <> (cast(:model as text), cast(:dimensions as integer))
limit :limit
