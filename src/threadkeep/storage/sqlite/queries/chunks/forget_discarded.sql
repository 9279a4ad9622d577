-- All rows: in the transaction that has found no more chunks of any.
delete from discarded_chunks
