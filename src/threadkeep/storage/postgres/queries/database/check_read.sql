-- By primary key.
select checked_at from checks where id = 1
