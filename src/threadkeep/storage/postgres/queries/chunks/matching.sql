-- For each word the chunks that hold it, by the index chunks_by_word; of those in sight, how often
-- and among how many words: with these weights and for one word, ts_rank_cd counts.
select word.place, chunks.seq, chunks.vector_store_file,
    ts_rank_cd('{1, 1, 1, 1}', chunks.words, word.query), chunks.word_count
from (
    select place, plainto_tsquery('threadkeep', text) as query
    from unnest(cast(:words as text[])) with ordinality as listed (text, place)
  ) as word
join chunks on chunks.words @@ (cast(cast(:vector_stores as text) as tsquery) && word.query)
join vector_store_files
  on vector_store_files.seq = chunks.vector_store_file
  and vector_store_files.epoch = chunks.epoch
where vector_store_files.status = 'completed' and vector_store_files.project = :project
  and numnode(word.query) > 0
