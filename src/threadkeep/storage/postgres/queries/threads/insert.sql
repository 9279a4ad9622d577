-- Fails on an id that the project has already.
insert into threads (project, id, body)
select project, id, body
from unnest(:project::text[], :id::text[], :body::bytea[])
    with ordinality as given (project, id, body, place)
order by place
