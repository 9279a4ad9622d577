-- By unique (project, id).
select body, revision
from files
where project = :project and id = :id
