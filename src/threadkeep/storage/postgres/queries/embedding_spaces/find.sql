-- By unique (model, dimensions).
select seq
from embedding_spaces
where model = :model and dimensions = :dimensions
