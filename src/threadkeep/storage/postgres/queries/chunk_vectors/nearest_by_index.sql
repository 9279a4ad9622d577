-- The index of a space, from the nearest vector on, until enough of them belong to a file that is searched. Only a
-- statement with the number and the dimensions of the space in it is seen to fit the index: here they are 0 and 384.
select near.chunk, max(near.cosine) as cosine
from (
    select chunk_vectors.chunk,
        -(cast(chunk_vectors.vector as halfvec(384))
          <#> cast(cast(:vector as text) as halfvec(384))) as cosine
    from chunk_vectors
    join vector_store_files
      on vector_store_files.seq = chunk_vectors.vector_store_file
      and vector_store_files.epoch = chunk_vectors.epoch
    where chunk_vectors.embedding_space = 0
      and vector_store_files.project = :project
      and vector_store_files.vector_store_id = any(cast(:vector_store_ids as text[]))
      and vector_store_files.status = 'completed'
      and (cast(:files as bigint[]) is null or vector_store_files.seq = any(cast(:files as bigint[])))
    order by cast(chunk_vectors.vector as halfvec(384))
      <#> cast(cast(:vector as text) as halfvec(384))
    limit :depth
  ) as near
group by near.chunk
