-- The index file_contents_by_file. No row if the bytes are kept elsewhere.
update file_contents
set state = 'discarded', since = coalesce(cast(:now as float8), extract(epoch from statement_timestamp()))
where project = :project and file_id = :file_id and state in ('written', 'checked')
