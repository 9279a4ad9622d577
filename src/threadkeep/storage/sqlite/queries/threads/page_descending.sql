-- A range of the index threads_by_project, which ends with seq.
select body
from threads
where project = :project and seq > :above and seq < :below
order by seq desc
limit :limit
