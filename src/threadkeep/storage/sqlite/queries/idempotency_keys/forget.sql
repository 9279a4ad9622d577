-- A range of the index idempotency_keys_by_age, and its rows by rowid.
delete from idempotency_keys
where rowid in (
  select rowid from idempotency_keys where begun_at <= :oldest order by begun_at limit :limit
)
