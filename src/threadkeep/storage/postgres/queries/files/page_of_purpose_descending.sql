-- A range of the index files_by_purpose.
select id, body
from files
where project = :project and purpose = :purpose and seq > :above and seq < :below
order by seq desc
limit :limit
