-- By primary key.
select body, revision
from threads
where project = :project and id = :id
