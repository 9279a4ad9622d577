-- Files that the transaction has locked; those that are listed already stay.
insert into thread_files (project, thread_id, file_id)
select :project, :id, file_id
from unnest(cast(:file_ids as text[])) as wanted (file_id)
on conflict do nothing
