-- By primary key.
delete from copies
where id = 1
