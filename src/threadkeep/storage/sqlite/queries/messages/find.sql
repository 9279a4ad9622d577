-- By unique (project, id).
select body, revision
from messages
where project = :project and id = :id and thread_id = :thread_id
