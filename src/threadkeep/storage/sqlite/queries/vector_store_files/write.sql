-- One row, unless there is no such vector store, or it has expired, or there is no such file: then none.
-- A file that is there already keeps its place; whoever reads it loses it, and its chunks are found no more.
insert into vector_store_files (project, vector_store_id, file_id, batch_id, status, body)
select files.project, vector_stores.id, files.id, :batch_id, :status, :body
from vector_stores
cross join files
where vector_stores.project = :project and vector_stores.id = :vector_store_id
  and (vector_stores.expires_at is null or vector_stores.expires_at > :now)
  and files.project = :project and files.id = :file_id
on conflict (project, vector_store_id, file_id) do update
set batch_id = excluded.batch_id, status = excluded.status, body = excluded.body,
    usage_bytes = 0, chunk_count = 0, worker = null, epoch = epoch + 1, attempts = 0,
    revision = revision + 1
