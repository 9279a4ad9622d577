-- By unique (project, id).
select seq
from assistants
where project = :project and id = :id
