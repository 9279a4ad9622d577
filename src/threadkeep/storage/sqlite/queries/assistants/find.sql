-- By unique (project, id).
select body, revision
from assistants
where project = :project and id = :id
