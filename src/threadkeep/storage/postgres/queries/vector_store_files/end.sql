-- By primary key, in the transaction that has locked the vector store and the file.
update vector_store_files
set status = :status, body = :body, usage_bytes = :usage_bytes, chunk_count = :chunk_count,
    worker = null, epoch = :epoch, revision = revision + 1
where project = :project and vector_store_id = :vector_store_id and file_id = :file_id
