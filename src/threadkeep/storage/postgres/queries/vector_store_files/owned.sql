-- The index vector_store_files_held, and for each of its rows the file.
select claimed.seq, claimed.project, files.body, claimed.body, claimed.epoch, claimed.attempts
from vector_store_files as claimed
join files on files.project = claimed.project and files.id = claimed.file_id
where claimed.status = 'in_progress' and claimed.worker = :worker
