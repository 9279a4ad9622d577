-- By primary key, in the transaction that has just locked it.
update threads
set body = :body, revision = revision + 1
where project = :project and id = :id
