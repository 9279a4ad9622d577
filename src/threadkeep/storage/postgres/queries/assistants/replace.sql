-- By primary key, in the transaction that has just locked it.
update assistants
set body = :body, revision = revision + 1
where project = :project and id = :id
