-- The index vector_stores_expiring for one vector store, and then that by unique (project, vector_store_id, file_id).
update vector_store_files
set epoch = epoch + 1, chunk_count = 0
where (project, vector_store_id) = (
    select project, id
    from vector_stores
    where chunk_count > 0 and expires_at <= :now
    order by expires_at
    limit 1
  )
  and chunk_count > 0
