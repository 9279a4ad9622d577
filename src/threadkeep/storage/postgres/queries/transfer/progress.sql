-- By primary key.
select progress
from copies
where id = 1
