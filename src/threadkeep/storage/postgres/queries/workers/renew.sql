-- By primary key. What time it is by the database, which the lease is counted by.
insert into workers (id, lease_until)
values (:worker, coalesce(cast(:now as double precision), extract(epoch from statement_timestamp())) + cast(:lease_seconds as double precision))
on conflict (id) do update set lease_until = excluded.lease_until
returning cast(extract(epoch from clock_timestamp()) as double precision)
