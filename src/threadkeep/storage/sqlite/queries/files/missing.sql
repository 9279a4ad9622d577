-- By unique (project, id), once for each id.
select key
from json_each(:file_ids) as wanted
where not exists (select 1 from files where project = :project and id = wanted.value)
limit 1
