-- How far a copy into this file has come; a file with a row here is not whole.

create table copies (
    id integer primary key check (id = 1),
    progress blob not null
);
