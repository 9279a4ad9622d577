-- The index assistant_files_by_file, and for each of its rows the primary key. Locks them, always in the same order.
select assistants.body
from assistant_files
join assistants on assistants.project = assistant_files.project and assistants.id = assistant_files.assistant_id
where assistant_files.project = :project and assistant_files.file_id = :file_id
order by assistants.id
for no key update of assistants
