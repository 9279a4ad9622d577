-- The end of a range of the index chunk_vectors_by_vector_store, which ends with seq.
select seq, length(vectors)
from chunk_vectors
where vector_store = :vector_store and embedding_space = :embedding_space
order by seq desc
limit 1
