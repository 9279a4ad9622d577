-- By primary key, in one order everywhere, so that no two transactions wait for each other. Whoever deletes one waits.
select threads.project, threads.id
from unnest(:projects::text[], :thread_ids::text[]) as wanted (project, id)
join threads on threads.project = wanted.project and threads.id = wanted.id
order by threads.project, threads.id
for no key update of threads
