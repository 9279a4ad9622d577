-- By primary key. No row if an earlier request has the key: it is at work, or was answered less than a day ago.
insert into idempotency_keys as earlier (project, key, holder, fingerprint, begun_at, held_until)
select :project, :key, :holder, :fingerprint, time.now, time.now + cast(:hold_seconds as float8)
from (select coalesce(cast(:now as float8), extract(epoch from statement_timestamp())) as now) as time
on conflict (project, key) do update
set holder = excluded.holder, fingerprint = excluded.fingerprint, begun_at = excluded.begun_at,
    held_until = excluded.held_until, answer = null
where (earlier.answer is null and earlier.held_until <= excluded.begun_at)
   or (earlier.answer is not null and earlier.begun_at <= excluded.begun_at - :kept_seconds)
