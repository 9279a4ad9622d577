-- One that is there already is the same: whoever writes chunks a second time reads the same file.
insert into chunks (vector_store_file, epoch, position, overlap, text, word_count, words)
select :file, :epoch, chunk.position, chunk.overlap, chunk.text, chunk.word_count,
    array_to_tsvector(array[cast(:scope as text)]) || to_tsvector('threadkeep', chunk.words)
from unnest(
    cast(:positions as integer[]), cast(:overlaps as integer[]), cast(:texts as bytea[]),
    cast(:word_counts as integer[]), cast(:words as text[])
  ) as chunk (position, overlap, text, word_count, words)
on conflict do nothing
