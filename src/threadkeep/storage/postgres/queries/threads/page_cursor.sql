-- By primary key.
select seq
from threads
where project = :project and id = :id
