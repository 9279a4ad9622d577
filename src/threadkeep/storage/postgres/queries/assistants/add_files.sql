-- Files that the transaction has locked; those that are listed already stay.
insert into assistant_files (project, assistant_id, file_id)
select :project, :id, file_id
from unnest(cast(:file_ids as text[])) as wanted (file_id)
on conflict do nothing
