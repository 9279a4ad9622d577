-- A range of the index files_expiring.
select project, id
from files
where expires_at <= :now
order by expires_at
limit :limit
