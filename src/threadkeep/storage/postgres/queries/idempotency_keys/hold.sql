-- By primary key; no row for whoever lost the key, nor for one that is answered.
update idempotency_keys
set held_until = coalesce(cast(:now as float8), extract(epoch from statement_timestamp()))
    + cast(:hold_seconds as float8)
where project = :project and key = :key and holder = :holder and answer is null
