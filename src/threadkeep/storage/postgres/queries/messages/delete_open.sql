-- The index messages_by_run, once for each run.
delete from messages
using unnest(:project::text[], :thread_id::text[], :run_id::text[])
    as given (project, thread_id, run_id)
where messages.project = given.project and messages.thread_id = given.thread_id
  and messages.run_id = given.run_id and messages.status = 'in_progress'
