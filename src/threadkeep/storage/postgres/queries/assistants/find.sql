-- By primary key.
select body, revision
from assistants
where project = :project and id = :id
