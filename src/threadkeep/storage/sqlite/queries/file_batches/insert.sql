-- One row, unless there is no such vector store, or it has expired: then none.
insert into file_batches (project, vector_store_id, id, body)
select project, id, :id, :body
from vector_stores
where project = :project and id = :vector_store_id and (expires_at is null or expires_at > :now)
