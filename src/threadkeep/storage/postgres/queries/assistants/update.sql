-- By primary key; no row if another update came first.
update assistants
set body = :body, revision = revision + 1
where project = :project and id = :id and revision = :revision
