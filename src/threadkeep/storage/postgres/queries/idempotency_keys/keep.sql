-- By primary key; no row for whoever lost the key, and of two answers the first.
update idempotency_keys
set answer = :answer
where project = :project and key = :key and holder = :holder and answer is null
