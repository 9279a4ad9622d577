-- In the transaction that has locked the vector store and the files; each file once.
-- A file that is there already keeps its place; whoever reads it loses it, and its chunks are found no more.
insert into vector_store_files as present (project, vector_store_id, file_id, batch_id, status, body)
select :project, :vector_store_id, added.file_id, :batch_id, added.status, added.body
from unnest(cast(:file_ids as text[]), cast(:statuses as text[]), cast(:bodies as bytea[]))
    with ordinality as added (file_id, status, body, place)
order by added.place
on conflict (project, vector_store_id, file_id) do update
set batch_id = excluded.batch_id, status = excluded.status, body = excluded.body,
    usage_bytes = 0, chunk_count = 0, worker = null, epoch = present.epoch + 1, attempts = 0,
    revision = present.revision + 1
