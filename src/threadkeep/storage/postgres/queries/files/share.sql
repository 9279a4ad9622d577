-- By primary key, once for each id. None of them can be deleted before the transaction ends.
select id
from files
where project = :project and id = any(cast(:file_ids as text[]))
order by id
for key share
