-- For each word the chunks that hold it, by the full-text index, and how well it fits (negative).
select word.key, chunk_index.rowid, bm25(chunk_index, 0.0, 1.0)
from json_each(:words) as word
cross join chunk_index
where chunk_index match word.value
