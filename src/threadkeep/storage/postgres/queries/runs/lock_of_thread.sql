-- A range of the primary key, in the order in which runs are written to: whoever claims or writes one of them is waited
-- for before anything else is touched.
select id
from runs
where project = :project and thread_id = :thread_id
order by id
for update
