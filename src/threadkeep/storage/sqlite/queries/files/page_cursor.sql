-- By unique (project, id).
select seq
from files
where project = :project and id = :id
