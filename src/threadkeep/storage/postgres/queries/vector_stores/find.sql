-- By primary key.
select body, revision, last_active_at, expires_at, usage_bytes,
    in_progress, completed, failed, cancelled,
    (expires_at <= coalesce(cast(:now as float8), extract(epoch from statement_timestamp()))) is true
from vector_stores
where project = :project and id = :id
