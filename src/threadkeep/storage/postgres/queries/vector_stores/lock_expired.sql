-- A range of the index vector_stores_expiring; one that another node has at this moment is left to it.
select project, id
from vector_stores
where chunk_count > 0 and expires_at <= coalesce(cast(:now as float8), extract(epoch from statement_timestamp()))
order by expires_at
limit 1
for no key update skip locked
