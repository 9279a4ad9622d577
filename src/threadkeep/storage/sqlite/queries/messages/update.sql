-- By unique (project, id); no row if another update came first.
update messages
set body = :body, status = :status, revision = revision + 1
where project = :project and id = :id and thread_id = :thread_id and revision = :revision
