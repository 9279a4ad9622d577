-- By primary key; replaces one that is too old.
insert or replace into idempotency_keys (project, key, fingerprint, begun_at, answer)
values (:project, :key, :fingerprint, :begun_at, :answer)
