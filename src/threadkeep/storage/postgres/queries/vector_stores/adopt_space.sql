-- By primary key, in the transaction that has locked it.
update vector_stores
set embedding_space = :embedding_space
where project = :project and id = :id and embedding_space is distinct from :embedding_space
