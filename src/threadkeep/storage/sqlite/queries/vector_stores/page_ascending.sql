-- A range of the index vector_stores_by_project, which ends with seq.
select body, revision, last_active_at, expires_at, usage_bytes,
    in_progress, completed, failed, cancelled
from vector_stores
where project = :project and seq > :above and seq < :below
order by seq
limit :limit
