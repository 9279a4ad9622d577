-- By unique (project, id) of files, once for each id; those that are there already stay.
insert into thread_files (project, thread_id, file_id)
select files.project, :id, files.id
from json_each(:file_ids) as wanted
cross join files
where files.project = :project and files.id = wanted.value
on conflict do nothing
