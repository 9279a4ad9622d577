-- A range of the index files_by_project, which ends with seq.
select body
from files
where project = :project and seq > :above and seq < :below
order by seq desc
limit :limit
