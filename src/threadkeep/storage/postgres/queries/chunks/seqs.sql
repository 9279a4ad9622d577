-- By unique (vector_store_file, epoch, position).
select position, seq
from chunks
where vector_store_file = :file and epoch = :epoch
  and position = any(cast(:positions as integer[]))
