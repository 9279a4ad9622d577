-- By primary key; of two answers the first.
update idempotency_keys
set answer = :answer
where project = :project and key = :key and answer is null
