-- The index vector_store_files_waiting, leaving out what another node claims at this moment; then the files.
with waiting as materialized (
    select seq
    from vector_store_files
    where status = 'in_progress' and worker is null
    order by seq
    limit :limit
    for update skip locked
)
update vector_store_files as claimed
set worker = :worker, epoch = claimed.epoch + 1, attempts = claimed.attempts + 1
from waiting, files
where claimed.seq = waiting.seq
  and files.project = claimed.project and files.id = claimed.file_id
returning claimed.seq, claimed.project, files.body, claimed.body, claimed.epoch, claimed.attempts
