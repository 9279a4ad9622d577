-- One row, unless there is no such thread or an active run locks it (index runs_active): then none.
insert into messages (project, thread_id, id, run_id, role, status, body)
select project, id, :id, :run_id, :role, :status, :body
from threads
where project = :project and id = :thread_id
  and not exists (
    select 1 from runs
    where runs.project = :project and runs.thread_id = :thread_id and runs.active
  )
