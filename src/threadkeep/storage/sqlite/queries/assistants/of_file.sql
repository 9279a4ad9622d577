-- The index assistant_files_by_file, and for each of its rows unique (project, id).
select assistants.body
from assistant_files
cross join assistants
where assistant_files.project = :project and assistant_files.file_id = :file_id
  and assistants.project = assistant_files.project and assistants.id = assistant_files.assistant_id
