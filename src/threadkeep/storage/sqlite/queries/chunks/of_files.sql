-- A range of the index by unique (vector_store_file, epoch, position) for each file, and nothing else.
select chunks.seq, chunks.vector_store_file, chunks.epoch
from json_each(:files) as file
cross join chunks
where chunks.vector_store_file = file.value
