-- Oldest node: 1.
-- How far a copy into this database has come; a database with a row here is not whole.

create table copies (
    id integer primary key check (id = 1),
    progress bytea not null
);
