-- By unique (project, id), in the transaction that has just read it.
update threads
set body = :body, revision = revision + 1
where project = :project and id = :id
