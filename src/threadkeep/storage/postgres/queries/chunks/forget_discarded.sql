-- By primary key: those of which no chunk is left.
delete from discarded_chunks
using unnest(cast(:files as bigint[]), cast(:epochs as integer[])) as discarded (file, epoch)
where discarded_chunks.vector_store_file = discarded.file
  and discarded_chunks.epoch = discarded.epoch
  and not exists (
    select from chunks
    where chunks.vector_store_file = discarded.file and chunks.epoch = discarded.epoch
  )
