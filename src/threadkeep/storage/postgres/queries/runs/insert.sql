-- Those whose thread has no active run (unique index runs_active), with the messages that they add. Threads that are
-- made for them come with them, and an id that is there already fails; the other threads are locked.
with made as (
    insert into threads (project, id, body)
    select project, id, body
    from unnest(:made_project::text[], :made_id::text[], :made_body::bytea[])
        with ordinality as given (project, id, body, place)
    order by place
),
kept as (
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
),
added as (
    insert into messages (project, thread_id, id, run_id, role, status, body)
    select kept.project, kept.thread_id, given.id, given.run_id, given.role, given.status, given.body
    from unnest(
        :message_for_run::text[], :message_id::text[], :message_run_id::text[],
        :message_role::text[], :message_status::text[], :message_body::bytea[]
    ) with ordinality as given (for_run, id, run_id, role, status, body, place)
    join kept on kept.id = given.for_run
    order by given.place
)
select project, thread_id, id
from kept
