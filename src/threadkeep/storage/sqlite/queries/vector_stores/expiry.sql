-- By unique (project, id).
select expires_at is not null and expires_at <= :now
from vector_stores
where project = :project and id = :id
