-- By unique (project, id).
select seq
from threads
where project = :project and id = :id
