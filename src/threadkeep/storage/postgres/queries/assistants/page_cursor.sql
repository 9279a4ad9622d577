-- By primary key.
select seq
from assistants
where project = :project and id = :id
