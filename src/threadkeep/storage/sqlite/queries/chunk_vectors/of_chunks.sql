-- By unique (chunk, embedding_space), once for each chunk.
select chunk_vectors.chunk, chunk_vectors.vectors
from json_each(:chunks) as wanted
cross join chunk_vectors
where chunk_vectors.chunk = wanted.value and chunk_vectors.embedding_space = :embedding_space
