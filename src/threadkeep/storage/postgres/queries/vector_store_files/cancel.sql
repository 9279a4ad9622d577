-- By primary key, in the transaction that has locked the vector store and the files.
update vector_store_files as present
set status = 'cancelled', body = ended.body, usage_bytes = 0, chunk_count = 0,
    worker = null, epoch = present.epoch + 1, revision = present.revision + 1
from unnest(cast(:file_ids as text[]), cast(:bodies as bytea[])) as ended (file_id, body)
where present.project = :project and present.vector_store_id = :vector_store_id
  and present.file_id = ended.file_id
