-- By primary key.
delete from assistants
where project = :project and id = :id
