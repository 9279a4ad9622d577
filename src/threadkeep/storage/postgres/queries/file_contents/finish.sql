-- By primary key.
update file_contents
set state = 'written', since = coalesce(cast(:now as float8), extract(epoch from statement_timestamp()))
where seq = :content
