-- Some of discarded_chunks, in any order; those that another node sweeps at this moment are left to it.
select vector_store_file, epoch
from discarded_chunks
limit :limit
for update skip locked
