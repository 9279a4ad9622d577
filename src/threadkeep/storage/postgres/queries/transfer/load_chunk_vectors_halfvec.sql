-- As load_chunk_vectors.sql, where the server itself compares vectors: they come as texts.
insert into chunk_vectors (chunk, embedding_space, place, vector_store_file, epoch, vector)
select chunks.seq, given.embedding_space, given.place, chunks.vector_store_file, chunks.epoch,
    cast(given.vector as halfvec)
from unnest(
    cast(:vector_store_file as bigint[]), cast(:epoch as integer[]), cast(:position as integer[]),
    cast(:embedding_space as bigint[]), cast(:place as integer[]), cast(:vector as text[])
  ) as given (vector_store_file, epoch, position, embedding_space, place, vector)
join chunks
  on chunks.vector_store_file = given.vector_store_file
  and chunks.epoch = given.epoch
  and chunks.position = given.position
on conflict do nothing
