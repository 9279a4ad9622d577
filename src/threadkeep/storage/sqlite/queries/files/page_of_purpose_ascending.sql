-- A range of the index files_by_purpose, which ends with seq.
select body
from files
where project = :project and purpose = :purpose and seq > :above and seq < :below
order by seq
limit :limit
