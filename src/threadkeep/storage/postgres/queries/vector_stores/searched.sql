-- By primary key, once for each id.
select seq, chunk_count, id, embedding_space
from vector_stores
where project = :project and id = any(cast(:vector_store_ids as text[]))
  and chunk_count > 0
  and (expires_at <= coalesce(cast(:now as float8), extract(epoch from statement_timestamp()))) is not true
