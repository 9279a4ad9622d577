-- By unique (project, id), in the transaction that has just read it.
update assistants
set body = :body, revision = revision + 1
where project = :project and id = :id
