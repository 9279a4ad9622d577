-- By unique (project, id), once for each id.
select seq, chunk_count, embedding_space, version
from vector_stores
where project = :project and id in (select value from json_each(:vector_store_ids))
  and chunk_count > 0 and (expires_at is null or expires_at > :now)
