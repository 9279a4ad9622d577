-- By primary key; no row if it has an answer.
delete from idempotency_keys
where project = :project and key = :key and answer is null
