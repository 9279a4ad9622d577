-- Those of the words that many chunks hold, and which share of all chunks that is: as the statistics of the server have
-- it, which keep the thousand most common words of a sample.
select listed.place, known.share
from unnest(cast(:words as text[])) with ordinality as listed (text, place)
join (
    select common.word, common.share
    from pg_stats
    cross join unnest(
        cast(cast(most_common_elems as text) as text[]), most_common_elem_freqs
      ) as common (word, share)
    where schemaname = current_schema() and tablename = 'chunks' and attname = 'words'
  ) as known on array[known.word] = tsvector_to_array(to_tsvector('threadkeep', listed.text))
