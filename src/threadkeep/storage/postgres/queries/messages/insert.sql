-- Those whose thread is not locked by an active run (index runs_active, looked at for each); the threads that took them.
insert into messages (project, thread_id, id, run_id, role, status, body)
select project, thread_id, id, run_id, role, status, body
from unnest(
    :project::text[], :thread_id::text[], :id::text[], :run_id::text[], :role::text[],
    :status::text[], :body::bytea[]
) with ordinality as given (project, thread_id, id, run_id, role, status, body, place)
where (
    select runs.id from runs
    where runs.project = given.project and runs.thread_id = given.thread_id and runs.active
) is null
order by place
returning project, thread_id
