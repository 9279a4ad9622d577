-- By unique (project, id).
select seq
from run_steps
where project = :project and id = :id and run_id = :run_id and thread_id = :thread_id
