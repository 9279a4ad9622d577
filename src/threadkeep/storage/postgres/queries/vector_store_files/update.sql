-- By primary key; no row if anything changed it meanwhile.
update vector_store_files
set body = :body, revision = revision + 1
where project = :project and vector_store_id = :vector_store_id and file_id = :file_id
  and revision = :revision
