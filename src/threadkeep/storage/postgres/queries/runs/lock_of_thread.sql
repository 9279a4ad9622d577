-- A range of the index runs_by_thread: whoever claims one of them is waited for before anything else is touched.
select id
from runs
where project = :project and thread_id = :thread_id
for update
