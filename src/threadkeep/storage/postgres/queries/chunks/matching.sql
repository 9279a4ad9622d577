-- For each word the chunks that hold it, by the index chunks_by_word; of those in sight, how often and among how many
-- words: with these weights and for one word, ts_rank_cd counts. First the index, then the files, by unique (seq),
-- whatever the planner knows of them.
with held as materialized (
    select word.place, chunks.seq, chunks.vector_store_file, chunks.epoch, chunks.word_count,
        cast(ts_rank_cd('{1, 1, 1, 1}', chunks.words, word.query) as integer) as count
    from (
        select place, plainto_tsquery('threadkeep', text) as query
        from unnest(cast(:words as text[])) with ordinality as listed (text, place)
      ) as word
    join chunks on chunks.words @@ (cast(cast(:vector_stores as text) as tsquery) && word.query)
    where numnode(word.query) > 0
)
select held.place,
    array_agg(held.seq), array_agg(held.vector_store_file),
    array_agg(held.count), array_agg(held.word_count)
from held
join vector_store_files
  on vector_store_files.seq = held.vector_store_file and vector_store_files.epoch = held.epoch
where vector_store_files.status = 'completed'
group by held.place
