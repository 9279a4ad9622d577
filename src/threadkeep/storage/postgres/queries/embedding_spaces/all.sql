-- By primary key: a row for each model that vectors were made with.
select seq, model, dimensions
from embedding_spaces
order by seq
