-- All of the index file_contents_by_file.
select project, file_id
from file_contents
where state in ('written', 'checked')
