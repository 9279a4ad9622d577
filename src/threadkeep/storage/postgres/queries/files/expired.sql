-- A range of the index files_expiring.
select project, id
from files
where expires_at <= coalesce(cast(:now as float8), extract(epoch from statement_timestamp()))
order by expires_at
limit :limit
