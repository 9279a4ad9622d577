-- For each word the chunks that hold it, by the full-text index; of those in sight, how well it fits (negative).
select word.key, chunk_index.rowid, chunks.vector_store_file, bm25(chunk_index, 0.0, 1.0)
from json_each(:words) as word
cross join chunk_index
cross join chunks
cross join vector_store_files
where chunk_index match word.value
  and chunks.seq = chunk_index.rowid
  and chunks.vector_store in (select value from json_each(:vector_stores))
  and vector_store_files.seq = chunks.vector_store_file
  and vector_store_files.epoch = chunks.epoch
  and vector_store_files.status = 'completed'
  and vector_store_files.project = :project
