-- One that is there already is the same: whoever writes chunks a second time reads the same file.
insert into chunks (vector_store_file, epoch, position, overlap, text, word_count, words, page, heading)
select :file, :epoch, chunk.position, chunk.overlap, chunk.text, chunk.word_count,
    array_to_tsvector(array[cast(:scope as text)]) || to_tsvector('threadkeep', chunk.words),
    chunk.page, chunk.heading
from unnest(
    cast(:positions as integer[]), cast(:overlaps as integer[]), cast(:texts as bytea[]),
    cast(:word_counts as integer[]), cast(:words as text[]),
    cast(:pages as integer[]), cast(:headings as text[])
  ) as chunk (position, overlap, text, word_count, words, page, heading)
on conflict do nothing
