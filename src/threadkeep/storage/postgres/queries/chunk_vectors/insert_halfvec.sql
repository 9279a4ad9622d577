-- As insert.sql, where the server itself compares vectors: they come as texts.
insert into chunk_vectors (chunk, embedding_space, place, vector_store_file, epoch, vector)
select chunks.seq, :embedding_space, given.place, chunks.vector_store_file, chunks.epoch,
    cast(given.vector as halfvec)
from unnest(cast(:chunks as bigint[]), cast(:places as integer[]), cast(:vectors as text[]))
  as given (chunk, place, vector)
join chunks on chunks.seq = given.chunk
on conflict do nothing
