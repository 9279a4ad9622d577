-- By primary key, in the transaction that has locked the vector store.
delete from vector_store_files
where project = :project and vector_store_id = :vector_store_id and file_id = :file_id
