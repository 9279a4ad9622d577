-- A range of the index file_contents_doubtful, and for each of its rows the file.
-- What another node looks at is left to it.
update file_contents
set state = 'checked'
where seq in (
    select seq
    from file_contents
    where state = 'written'
      and since <= coalesce(cast(:now as float8), extract(epoch from statement_timestamp())) - cast(:doubtful_seconds as float8)
      and exists (
        select from files
        where files.project = file_contents.project and files.id = file_contents.file_id
      )
    order by since
    limit :limit
    for update skip locked
  )
