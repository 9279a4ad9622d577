-- By unique (project, id).
select seq
from vector_stores
where project = :project and id = :id
