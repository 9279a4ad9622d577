-- The primary key of assistant_files, and for each of its rows that of assistants. Locks them, always in the same order.
select locked.body
from (
    select project, assistant_id
    from assistant_files
    where project = :project and file_id = :file_id
    order by assistant_id
) as listed
cross join lateral (
    select body
    from assistants
    where assistants.project = listed.project and assistants.id = listed.assistant_id
    for no key update
) as locked
