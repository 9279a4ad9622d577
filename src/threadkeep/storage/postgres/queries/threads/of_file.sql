-- The primary key of thread_files, and for each of its rows that of threads. Locks them, always in the same order.
select locked.body
from (
    select project, thread_id
    from thread_files
    where project = :project and file_id = :file_id
    order by thread_id
) as listed
cross join lateral (
    select body
    from threads
    where threads.project = listed.project and threads.id = listed.thread_id
    for no key update
) as locked
