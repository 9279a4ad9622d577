-- By primary key.
select bytes
from file_pieces
where content = :content and position = :position
