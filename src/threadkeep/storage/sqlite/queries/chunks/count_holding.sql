-- For each word how many chunks hold it, by the full-text index: counted no further than the limit.
select word.key, (
    select count(*)
    from (select 1 from chunk_index where chunk_index match word.value limit :limit)
  )
from json_each(:words) as word
