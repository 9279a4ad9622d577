-- The index thread_files_by_file, and for each of its rows unique (project, id).
select threads.body
from thread_files
cross join threads
where thread_files.project = :project and thread_files.file_id = :file_id
  and threads.project = thread_files.project and threads.id = thread_files.thread_id
