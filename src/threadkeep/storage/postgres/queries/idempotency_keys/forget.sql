-- A range of the index idempotency_keys_by_age, leaving out what another node forgets at this moment.
delete from idempotency_keys
where (project, key) in (
  select project, key
  from idempotency_keys
  where begun_at <= coalesce(cast(:now as float8), extract(epoch from statement_timestamp())) - :kept_seconds
  order by begun_at
  limit :limit
  for update skip locked
)
