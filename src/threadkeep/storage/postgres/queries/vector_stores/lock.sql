-- By primary key. Its files are changed by nobody else before the transaction ends.
select (expires_at <= coalesce(cast(:now as float8), extract(epoch from statement_timestamp()))) is true
from vector_stores
where project = :project and id = :id
for no key update
