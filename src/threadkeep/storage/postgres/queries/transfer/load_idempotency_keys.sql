-- Many at once, all of them answered; one that is there already stays.
insert into idempotency_keys (project, key, holder, fingerprint, begun_at, held_until, answer)
select kept.project, kept.key, '', kept.fingerprint, kept.begun_at, kept.begun_at, kept.answer
from unnest(
    cast(:project as text[]), cast(:key as text[]), cast(:fingerprint as bytea[]),
    cast(:begun_at as double precision[]), cast(:answer as bytea[])
  ) as kept (project, key, fingerprint, begun_at, answer)
on conflict do nothing
