-- By unique (project, id).
select body, revision
from threads
where project = :project and id = :id
