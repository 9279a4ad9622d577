-- By primary key, once for each id. Time does not go back, and what has expired stays so.
update vector_stores
set last_active_at = floor(coalesce(cast(:now as float8), extract(epoch from statement_timestamp())))
where (project, id) in (
    select project, id
    from vector_stores
    where project = :project and id = any(cast(:vector_store_ids as text[]))
      and last_active_at < floor(coalesce(cast(:now as float8), extract(epoch from statement_timestamp())))
      and (expires_at <= coalesce(cast(:now as float8), extract(epoch from statement_timestamp()))) is not true
    order by id
    for no key update
  )
