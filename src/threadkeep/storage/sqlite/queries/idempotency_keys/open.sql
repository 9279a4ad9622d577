-- At open, by the index idempotency_keys_held: no key is held longer than by the process that held the file.
delete from idempotency_keys
where answer is null and held_until > 0
