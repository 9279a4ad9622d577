-- By unique (project, id).
delete from assistants
where project = :project and id = :id
