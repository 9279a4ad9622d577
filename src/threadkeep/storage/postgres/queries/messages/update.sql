-- By primary key; no row if another update came first.
update messages
set body = :body, status = :status, revision = revision + 1
where project = :project and thread_id = :thread_id and id = :id and revision = :revision
