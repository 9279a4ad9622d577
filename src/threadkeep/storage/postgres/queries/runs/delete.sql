-- By primary key; no row if it was changed meanwhile. The steps go by foreign key.
delete from runs
where project = :project and thread_id = :thread_id and id = :id and revision = :revision
