-- By unique (project, id); no row if it was changed meanwhile. The steps go by foreign key.
delete from runs
where project = :project and id = :id and revision = :revision
