-- By primary key; no row for whoever lost the key, and an answer stays.
delete from idempotency_keys
where project = :project and key = :key and holder = :holder and answer is null
