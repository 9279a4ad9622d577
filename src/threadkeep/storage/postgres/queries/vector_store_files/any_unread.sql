-- The first of the index vector_store_files_waiting, else of vector_store_files_held.
(select file_id from vector_store_files where status = 'in_progress' and worker is null limit 1)
union all
(select file_id from vector_store_files where status = 'in_progress' and worker is not null limit 1)
limit 1
