-- By primary key.
select seq
from files
where project = :project and id = :id
