-- The index vector_store_files_held, and for each of its rows the worker's lease; as claim_waiting.
with orphaned as materialized (
    select held.seq
    from vector_store_files as held
    where held.status = 'in_progress' and held.worker is not null and held.worker <> :worker
      and not exists (
        select from workers
        where workers.id = held.worker
          and workers.lease_until > coalesce(cast(:now as float8), extract(epoch from statement_timestamp()))
      )
    limit :limit
    for update of held skip locked
)
update vector_store_files as claimed
set worker = :worker, epoch = claimed.epoch + 1, attempts = claimed.attempts + 1
from orphaned, files
where claimed.seq = orphaned.seq
  and files.project = claimed.project and files.id = claimed.file_id
returning claimed.seq, claimed.project, files.body, claimed.body, claimed.epoch, claimed.attempts
