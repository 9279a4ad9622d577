-- The index vector_store_files_held (no worker has an empty id), and for each of its rows the worker's lease.
select claimed.project, files.body, claimed.body, claimed.epoch, claimed.attempts
from vector_store_files as claimed
cross join files
where claimed.status = 'in_progress' and claimed.worker > '' and claimed.worker <> :worker
  and not exists (select 1 from workers where id = claimed.worker and lease_until > :now)
  and files.project = claimed.project and files.id = claimed.file_id
order by claimed.worker
limit :limit
