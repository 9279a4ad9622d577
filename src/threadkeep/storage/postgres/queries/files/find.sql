-- By primary key.
select body, revision
from files
where project = :project and id = :id
