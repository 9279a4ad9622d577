-- By unique (seq): files that the transaction has found and locked, and their vector store before them.
update vector_store_files as present
set status = 'cancelled', body = ended.body, usage_bytes = 0, chunk_count = 0,
    worker = null, epoch = present.epoch + 1, revision = present.revision + 1
from unnest(cast(:seqs as bigint[]), cast(:bodies as bytea[])) as ended (seq, body)
where present.seq = ended.seq
