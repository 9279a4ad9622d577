-- By unique (project, id).
select body, revision, last_active_at, expires_at, usage_bytes,
    in_progress, completed, failed, cancelled
from vector_stores
where project = :project and id = :id
