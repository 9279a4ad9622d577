-- Those whose thread has no active run (unique index runs_active).
insert into runs (
    project, thread_id, id, status, worker, epoch, attempts, revision, due_at, on_crash,
    traceparent, queued_at, body
)
select project, thread_id, id, status, worker, epoch, attempts, revision, due_at, on_crash,
       traceparent,
       coalesce(cast(:now as double precision), extract(epoch from statement_timestamp())), body
from unnest(
    :project::text[], :thread_id::text[], :id::text[], :status::text[], :worker::text[],
    :epoch::integer[], :attempts::integer[], :revision::integer[], :due_at::double precision[],
    :on_crash::text[], :traceparent::text[], :body::bytea[]
) with ordinality as given (
    project, thread_id, id, status, worker, epoch, attempts, revision, due_at, on_crash,
    traceparent, body, place
)
order by place
on conflict (project, thread_id) where active do nothing
returning project, thread_id, id
