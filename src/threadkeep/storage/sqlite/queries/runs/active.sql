-- By the unique index runs_active.
select id
from runs
where project = :project and thread_id = :thread_id and active
