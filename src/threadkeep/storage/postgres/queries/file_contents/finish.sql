-- By primary key.
update file_contents
set state = 'written', size = :size, since = coalesce(cast(:now as float8), extract(epoch from statement_timestamp()))
where seq = :content
