-- The first of discarded_chunks, and for each of its rows unique (vector_store_file, epoch, position).
delete from chunks
where seq in (
  select chunks.seq
  from discarded_chunks
  cross join chunks
  where chunks.vector_store_file = discarded_chunks.vector_store_file
    and chunks.epoch = discarded_chunks.epoch
  limit :limit
)
