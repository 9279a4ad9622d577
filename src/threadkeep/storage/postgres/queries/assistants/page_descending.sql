-- A range of the index assistants_by_project.
select id, body
from assistants
where project = :project and seq > :above and seq < :below
order by seq desc
limit :limit
