-- By unique (vector_store_file, epoch, position).
select seq
from chunks
where vector_store_file = :vector_store_file and epoch = :epoch and position = :position
