-- By unique (vector_store_file, epoch, position) of chunks; what is there already stays.
insert into chunk_vectors (vector_store, embedding_space, vector_store_file, epoch, chunk, vectors)
select vector_store, :embedding_space, vector_store_file, epoch, seq, :vectors
from chunks
where vector_store_file = :vector_store_file and epoch = :epoch and position = :position
on conflict do nothing
