-- What chunks mean, as vectors: so that they are found by other words too.

-- Which vectors can be compared: the name of the model that made them, and how many numbers they have.
create table embedding_spaces (
    seq integer primary key autoincrement,
    model text not null,
    dimensions integer not null,
    unique (model, dimensions)
);

-- The space in which it is searched: that of its first vectors, until it is given those of another.
alter table vector_stores add column embedding_space integer;
-- Grows with whatever brings chunks of it in sight, or takes them out.
alter table vector_stores add column version integer not null default 0;


-- The vectors of a chunk, one for each of its windows, in floats of 16 bits one after the other. They are in sight while
-- their chunk is, and go with it. Those of several spaces may stand side by side: each search reads one.
create table chunk_vectors (
    seq integer primary key autoincrement,
    vector_store integer not null,
    embedding_space integer not null,
    vector_store_file integer not null,
    epoch integer not null,
    chunk integer not null,
    vectors blob not null,
    unique (chunk, embedding_space)
);

create index chunk_vectors_by_vector_store on chunk_vectors (vector_store, embedding_space);

create trigger chunks_no_longer_embedded after delete on chunks
begin
    delete from chunk_vectors where chunk = old.seq;
end;


create trigger vector_store_files_seen after update of status, epoch on vector_store_files
begin
    update vector_stores
    set version = version + 1
    where project = new.project and id = new.vector_store_id;
end;

create trigger vector_store_files_unseen after delete on vector_store_files
begin
    update vector_stores
    set version = version + 1
    where project = old.project and id = old.vector_store_id;
end;
