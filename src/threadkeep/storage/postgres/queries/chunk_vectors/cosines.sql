-- By primary key, for chunks that the same search has found in sight.
select chunk, max(-(vector <#> cast(cast(:vector as text) as halfvec)))
from chunk_vectors
where chunk = any(cast(:chunks as bigint[])) and embedding_space = :embedding_space
group by chunk
