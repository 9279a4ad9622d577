-- By primary key. It leaves vector stores by foreign key, through the index vector_store_files_by_file.
delete from files
where project = :project and id = :file_id
