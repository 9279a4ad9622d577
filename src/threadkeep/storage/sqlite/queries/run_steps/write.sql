-- By unique (project, id); a step that is there already keeps its place in the list.
insert into run_steps (
    project, thread_id, run_id, id, status, event_epoch, first_event, last_event, body
)
values (
    :project, :thread_id, :run_id, :id, :status, :event_epoch, :first_event, :last_event, :body
)
on conflict (project, id) do update
set status = excluded.status, body = excluded.body, revision = revision + 1,
    event_epoch = coalesce(excluded.event_epoch, event_epoch),
    first_event = coalesce(excluded.first_event, first_event),
    last_event = coalesce(excluded.last_event, last_event)
where run_id = excluded.run_id
