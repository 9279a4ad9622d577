-- By primary key of chunks, locked against its sweeping; no row for a chunk that is gone. What is there already stays.
insert into chunk_vectors (chunk, embedding_space, place, vector_store_file, epoch, vector)
select chunks.seq, :embedding_space, given.place, chunks.vector_store_file, chunks.epoch, given.vector
from unnest(cast(:chunks as bigint[]), cast(:places as integer[]), cast(:vectors as bytea[]))
  as given (chunk, place, vector)
join chunks on chunks.seq = given.chunk
on conflict do nothing
