-- By primary key of chunks; no row if the chunk is gone. What is there already stays.
insert into chunk_vectors
    (vector_store, embedding_space, vector_store_file, epoch, chunk, vectors)
select vector_store, :embedding_space, vector_store_file, epoch, seq, :vectors
from chunks
where seq = :chunk
on conflict do nothing
