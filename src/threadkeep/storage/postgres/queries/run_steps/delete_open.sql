-- The index run_steps_by_run, once for each run.
delete from run_steps
using unnest(:project::text[], :thread_id::text[], :run_id::text[])
    as given (project, thread_id, run_id)
where run_steps.project = given.project and run_steps.thread_id = given.thread_id
  and run_steps.run_id = given.run_id and run_steps.status = 'in_progress'
