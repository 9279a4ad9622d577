-- By primary key; an answer stays.
delete from idempotency_keys
where project = :project and key = :key and answer is null
