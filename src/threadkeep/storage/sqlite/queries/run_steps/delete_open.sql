-- By the index run_steps_by_run.
delete from run_steps
where project = :project and run_id = :run_id and status = 'in_progress'
