-- By primary key. Its files and batches go by foreign key, through their indexes by vector store.
delete from vector_stores
where project = :project and id = :id
