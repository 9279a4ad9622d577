-- The index file_contents_by_file.
select seq, size
from file_contents
where project = :project and file_id = :file_id and state in ('written', 'checked')
