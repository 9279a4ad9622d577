-- By unique (project, id).
delete from messages
where project = :project and id = :id and thread_id = :thread_id
