-- By primary key.
insert into copies (id, progress) values (1, :progress)
on conflict (id) do update set progress = excluded.progress
