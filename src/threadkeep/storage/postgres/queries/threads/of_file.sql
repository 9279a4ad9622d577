-- The index thread_files_by_file, and for each of its rows the primary key. Locks them, always in the same order.
select threads.body
from thread_files
join threads on threads.project = thread_files.project and threads.id = thread_files.thread_id
where thread_files.project = :project and thread_files.file_id = :file_id
order by threads.id
for no key update of threads
