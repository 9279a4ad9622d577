-- By unique (vector_store_file, epoch, position), and then by primary key.
delete from chunks
where seq in (
  select chunks.seq
  from unnest(cast(:files as bigint[]), cast(:epochs as integer[])) as discarded (file, epoch)
  join chunks on chunks.vector_store_file = discarded.file and chunks.epoch = discarded.epoch
  limit :limit
)
