-- For whoever holds the threads in this transaction: it asks for no lock.
insert into messages (project, thread_id, id, run_id, role, status, body)
select project, thread_id, id, run_id, role, status, body
from unnest(
    :project::text[], :thread_id::text[], :id::text[], :run_id::text[], :role::text[],
    :status::text[], :body::bytea[]
) with ordinality as given (project, thread_id, id, run_id, role, status, body, place)
order by place
