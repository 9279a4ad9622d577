-- By primary key; replaces one that is too old, or whose holder is taken for dead.
insert into idempotency_keys (project, key, fingerprint, begun_at, held_until)
values (:project, :key, :fingerprint, :now, :held_until)
on conflict (project, key) do update
set fingerprint = excluded.fingerprint, begun_at = excluded.begun_at,
    held_until = excluded.held_until, answer = null
