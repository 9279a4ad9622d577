-- By primary key.
select fingerprint, answer
from idempotency_keys
where project = :project and key = :key
