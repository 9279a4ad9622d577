-- A range of the index vector_stores_by_project.
select id, body, revision, last_active_at, expires_at, usage_bytes,
    in_progress, completed, failed, cancelled,
    (expires_at <= coalesce(cast(:now as float8), extract(epoch from statement_timestamp()))) is true
from vector_stores
where project = :project and seq > :above and seq < :below
order by seq
limit :limit
