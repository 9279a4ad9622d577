-- By primary key (project, vector_store_id), in the transaction that has locked the vector store.
update vector_store_files
set epoch = epoch + 1, chunk_count = 0
where project = :project and vector_store_id = :vector_store_id and chunk_count > 0
