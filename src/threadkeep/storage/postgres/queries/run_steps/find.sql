-- By primary key.
select body, revision
from run_steps
where project = :project and thread_id = :thread_id and id = :id and run_id = :run_id
