-- The first of the index file_contents_doubtful that no file is known of; what another node removes is left to it.
delete from file_contents
where seq in (
    select seq
    from file_contents
    where state <> 'checked'
      and since <= coalesce(cast(:now as float8), extract(epoch from statement_timestamp())) - cast(:doubtful_seconds as float8)
      and not (
        state = 'written'
        and exists (
          select from files
          where files.project = file_contents.project and files.id = file_contents.file_id
        )
      )
    order by since
    limit 1
    for update skip locked
  )
