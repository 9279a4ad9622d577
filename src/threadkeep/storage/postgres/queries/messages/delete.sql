-- By primary key.
delete from messages
where project = :project and thread_id = :thread_id and id = :id
