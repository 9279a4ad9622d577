-- By primary key; a step that is there already keeps its place in the list.
insert into run_steps as kept (
    project, thread_id, run_id, id, status, event_epoch, first_event, last_event, body
)
select project, thread_id, run_id, id, status, event_epoch, first_event, last_event, body
from unnest(
    :project::text[], :thread_id::text[], :run_id::text[], :id::text[], :status::text[],
    :event_epoch::integer[], :first_event::integer[], :last_event::integer[], :body::bytea[]
) with ordinality as given (
    project, thread_id, run_id, id, status, event_epoch, first_event, last_event, body, place
)
order by place
on conflict (project, thread_id, id) do update
set status = excluded.status, body = excluded.body, revision = kept.revision + 1,
    event_epoch = coalesce(excluded.event_epoch, kept.event_epoch),
    first_event = coalesce(excluded.first_event, kept.first_event),
    last_event = coalesce(excluded.last_event, kept.last_event)
