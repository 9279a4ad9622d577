-- The index vector_store_files_by_file, and for each of its rows the primary key. Always in the same order.
select id
from vector_stores
where project = :project
  and id in (
    select vector_store_id from vector_store_files where project = :project and file_id = :file_id
  )
order by id
for no key update
