-- A range of the index chunk_vectors_by_vector_store, and nothing else.
select count(*)
from chunk_vectors
where vector_store = :vector_store and embedding_space = :embedding_space
