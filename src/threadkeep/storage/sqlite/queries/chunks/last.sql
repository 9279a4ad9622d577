-- The end of the primary key: how many chunks there ever were.
select coalesce(max(seq), 0)
from chunks
