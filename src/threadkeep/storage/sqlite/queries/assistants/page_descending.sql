-- A range of the index assistants_by_project, which ends with seq.
select body
from assistants
where project = :project and seq > :above and seq < :below
order by seq desc
limit :limit
