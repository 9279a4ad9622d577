-- By unique (project, id); a message that is there already keeps its place in the list.
insert into messages (project, thread_id, id, run_id, role, status, body)
values (:project, :thread_id, :id, :run_id, :role, :status, :body)
on conflict (project, id) do update
set status = excluded.status, body = excluded.body, revision = revision + 1
where thread_id = excluded.thread_id
