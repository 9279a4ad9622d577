-- Many at once, each with the words of its vector store; one that is there already is the same.
insert into chunks (
  vector_store_file, epoch, position, overlap, text, word_count, words, page, heading
)
select chunk.vector_store_file, chunk.epoch, chunk.position, chunk.overlap, chunk.text, chunk.word_count,
    array_to_tsvector(array[chunk.scope]) || to_tsvector('threadkeep', chunk.words),
    chunk.page, chunk.heading
from unnest(
    cast(:vector_store_file as bigint[]), cast(:epoch as integer[]), cast(:position as integer[]),
    cast(:overlap as integer[]), cast(:text as bytea[]), cast(:word_count as integer[]),
    cast(:words as text[]), cast(:scope as text[]), cast(:page as integer[]),
    cast(:heading as text[])
  ) as chunk (
    vector_store_file, epoch, position, overlap, text, word_count, words, scope, page, heading
  )
on conflict do nothing
