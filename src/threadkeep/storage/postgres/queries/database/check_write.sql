-- By primary key. What time it is.
insert into checks (id, checked_at) values (1, now())
on conflict (id) do update set checked_at = excluded.checked_at
returning cast(extract(epoch from clock_timestamp()) as double precision)
