-- By primary key.
insert into checks (id, checked_at) values (1, :now)
on conflict (id) do update set checked_at = excluded.checked_at
