-- A range of the index chunk_vectors_by_vector_store, which ends with seq.
select seq, chunk, vector_store_file, epoch, vectors
from chunk_vectors
where vector_store = :vector_store and embedding_space = :embedding_space and seq > :above
order by seq
limit :limit
