-- One row, unless there is no such thread or the unique index runs_active locks it: then none.
insert into runs (
    project, thread_id, id, status, worker, epoch, attempts, revision, due_at, on_crash,
    traceparent, queued_at, body
)
select project, id, :id, :status, :worker, :epoch, :attempts, :revision, :due_at, :on_crash,
       :traceparent, :now, :body
from threads
where project = :project and id = :thread_id
on conflict (project, thread_id) where active do nothing
