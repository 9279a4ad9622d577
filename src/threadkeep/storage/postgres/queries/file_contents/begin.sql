-- A new content, of which there is nothing yet.
insert into file_contents (project, file_id, state, since)
values (:project, :file_id, 'writing', coalesce(cast(:now as float8), extract(epoch from statement_timestamp())))
returning seq
