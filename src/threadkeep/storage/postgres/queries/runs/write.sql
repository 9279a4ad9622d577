-- By primary key. The fence: nothing for whoever lost the run, or for a change of it that did not see the last one.
-- The runs are locked one after the other, as they are given, before anything gets a number: an active run keeps all others
-- off its thread.
with passed as (
    select given.*, kept.*
    from unnest(
        :project::text[], :thread_id::text[], :id::text[], :replaces::boolean[],
        :seen_revision::integer[], :seen_epoch::integer[], :seen_worker::text[], :status::text[],
        :body::bytea[], :worker::text[], :epoch::integer[], :attempts::integer[],
        :due_at::double precision[], :parked_usage::bytea[], :traceparent::text[]
    ) with ordinality as given (
        project, thread_id, id, replaces, seen_revision, seen_epoch, seen_worker, status, body,
        worker, epoch, attempts, due_at, parked_usage, traceparent, place
    )
    cross join lateral (
        select runs.body as kept_body, runs.revision as kept_revision, runs.worker as kept_worker,
               runs.epoch as kept_epoch, runs.attempts as kept_attempts, runs.due_at as kept_due_at,
               runs.parked_usage as kept_parked_usage, runs.on_crash, runs.traceparent as kept_traceparent
        from runs
        where runs.project = given.project and runs.thread_id = given.thread_id and runs.id = given.id
          and runs.epoch = given.seen_epoch and runs.worker is not distinct from given.seen_worker
          and case when given.replaces then runs.revision = given.seen_revision else runs.active end
        for no key update
    ) as kept
),
replaced as (
    update runs
    set status = passed.status, body = passed.body, worker = passed.worker, epoch = passed.epoch,
        attempts = passed.attempts, due_at = passed.due_at, parked_usage = passed.parked_usage,
        traceparent = passed.traceparent, revision = runs.revision + 1,
        queued_at = case
            when passed.status = 'queued' and runs.status <> 'queued'
            then coalesce(cast(:now as double precision), extract(epoch from statement_timestamp()))
            else runs.queued_at
        end
    from passed
    where passed.replaces
      and runs.project = passed.project and runs.thread_id = passed.thread_id and runs.id = passed.id
),
-- A step or a message that is there already keeps its place in the list.
steps as (
    insert into run_steps as kept (
        project, thread_id, run_id, id, status, event_epoch, first_event, last_event, body
    )
    select passed.project, passed.thread_id, passed.id, given.id, given.status, given.event_epoch,
           given.first_event, given.last_event, given.body
    from unnest(
        :step_write::integer[], :step_id::text[], :step_status::text[], :step_event_epoch::integer[],
        :step_first_event::integer[], :step_last_event::integer[], :step_body::bytea[]
    ) with ordinality as given (
        write, id, status, event_epoch, first_event, last_event, body, place
    )
    join passed on passed.place = given.write
    order by given.place
    on conflict (project, thread_id, id) do update
    set status = excluded.status, body = excluded.body, revision = kept.revision + 1,
        event_epoch = coalesce(excluded.event_epoch, kept.event_epoch),
        first_event = coalesce(excluded.first_event, kept.first_event),
        last_event = coalesce(excluded.last_event, kept.last_event)
),
messages as (
    insert into messages as kept (project, thread_id, id, run_id, role, status, body)
    select passed.project, passed.thread_id, given.id, given.run_id, given.role, given.status, given.body
    from unnest(
        :message_write::integer[], :message_id::text[], :message_run_id::text[],
        :message_role::text[], :message_status::text[], :message_body::bytea[]
    ) with ordinality as given (write, id, run_id, role, status, body, place)
    join passed on passed.place = given.write
    order by given.place
    on conflict (project, thread_id, id) do update
    set status = excluded.status, body = excluded.body, revision = kept.revision + 1
)
select place, project, kept_body, kept_revision, kept_worker, kept_epoch, kept_attempts, kept_due_at,
       kept_parked_usage, on_crash, kept_traceparent
from passed
