-- By primary key; no row if it has an answer.
update idempotency_keys
set answer = :answer
where project = :project and key = :key and answer is null
