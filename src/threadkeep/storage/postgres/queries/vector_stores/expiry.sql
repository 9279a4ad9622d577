-- By primary key.
select (expires_at <= coalesce(cast(:now as float8), extract(epoch from statement_timestamp()))) is true
from vector_stores
where project = :project and id = :id
