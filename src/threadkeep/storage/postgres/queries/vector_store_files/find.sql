-- By primary key.
select body, revision
from vector_store_files
where project = :project and vector_store_id = :vector_store_id and file_id = :file_id
