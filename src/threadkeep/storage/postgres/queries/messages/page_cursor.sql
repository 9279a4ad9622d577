-- By primary key.
select seq
from messages
where project = :project and thread_id = :thread_id and id = :id
