-- By the index messages_by_run.
delete from messages
where project = :project and thread_id = :thread_id and run_id = :run_id and status = 'in_progress'
