-- By primary key; no row if another update came first, or if it has expired.
update vector_stores
set expires_after_days = :expires_after_days, body = :body, revision = revision + 1
where project = :project and id = :id and revision = :revision
  and (expires_at <= coalesce(cast(:now as float8), extract(epoch from statement_timestamp()))) is not true
