-- By primary key. Nobody can refer to it any more from here on, and all who do so already can be seen.
select id
from files
where project = :project and id = :file_id
for update
