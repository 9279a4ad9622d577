-- By unique (project, id); a step that is there already keeps its place in the list.
insert into run_steps (project, thread_id, run_id, id, status, body)
values (:project, :thread_id, :run_id, :id, :status, :body)
on conflict (project, id) do update
set status = excluded.status, body = excluded.body, revision = revision + 1
where run_id = excluded.run_id
