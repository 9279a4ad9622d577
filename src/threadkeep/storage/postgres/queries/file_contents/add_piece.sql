-- By primary key; a piece that is there already is the same.
insert into file_pieces (content, position, bytes)
values (:content, :position, :bytes)
on conflict do nothing
