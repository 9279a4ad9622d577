-- By primary key.
insert into workers (id, lease_until) values (:worker, :lease_until)
on conflict (id) do update set lease_until = excluded.lease_until
