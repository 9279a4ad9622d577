-- By primary key.
delete from workers
where id = :worker
