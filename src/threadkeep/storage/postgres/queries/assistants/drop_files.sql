-- By primary key (project, assistant_id).
delete from assistant_files
where project = :project and assistant_id = :id
