-- By primary key; a message that is there already keeps its place in the list.
insert into messages as kept (project, thread_id, id, run_id, role, status, body)
select project, thread_id, id, run_id, role, status, body
from unnest(
    :project::text[], :thread_id::text[], :id::text[], :run_id::text[], :role::text[],
    :status::text[], :body::bytea[]
) with ordinality as given (project, thread_id, id, run_id, role, status, body, place)
order by place
on conflict (project, thread_id, id) do update
set status = excluded.status, body = excluded.body, revision = kept.revision + 1
