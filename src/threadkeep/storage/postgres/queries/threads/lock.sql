-- By primary key, one after the other as they are given, so that no two transactions wait for each other. Whoever deletes
-- one waits.
select locked.project, locked.id
from unnest(:projects::text[], :thread_ids::text[]) as wanted (project, id)
cross join lateral (
    select threads.project, threads.id
    from threads
    where threads.project = wanted.project and threads.id = wanted.id
    for no key update
) as locked
