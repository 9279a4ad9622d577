-- Fails if the content was dropped.
insert into file_pieces (content, position, bytes)
values (:content, :position, :bytes)
