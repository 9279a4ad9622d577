-- By unique (project, id), once for each id, and by primary key.
select vector_stores.id, embedding_spaces.model, embedding_spaces.dimensions
from vector_stores
cross join embedding_spaces
where vector_stores.project = :project
  and vector_stores.id in (select value from json_each(:vector_store_ids))
  and embedding_spaces.seq = vector_stores.embedding_space
