-- By unique (project, id).
select seq
from runs
where project = :project and id = :id and thread_id = :thread_id
