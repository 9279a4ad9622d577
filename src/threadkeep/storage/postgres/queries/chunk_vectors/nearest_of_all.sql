-- As all.sql: each vector of a small vector store, which is exact.
select chunk_vectors.chunk,
    max(-(chunk_vectors.vector <#> cast(cast(:vector as text) as halfvec))) as cosine
from vector_store_files
join chunk_vectors
  on chunk_vectors.vector_store_file = vector_store_files.seq
  and chunk_vectors.epoch = vector_store_files.epoch
where vector_store_files.project = :project
  and vector_store_files.vector_store_id = any(cast(:vector_store_ids as text[]))
  and vector_store_files.status = 'completed'
  and (cast(:files as bigint[]) is null or vector_store_files.seq = any(cast(:files as bigint[])))
  and chunk_vectors.embedding_space = :embedding_space
group by chunk_vectors.chunk
order by cosine desc, chunk_vectors.chunk
limit :depth
