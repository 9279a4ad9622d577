-- By primary key (project, thread_id).
delete from thread_files
where project = :project and thread_id = :id
