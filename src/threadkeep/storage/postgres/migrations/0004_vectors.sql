-- Oldest node: 1.
-- What chunks mean, as vectors: so that they are found by other words too.

-- Which vectors can be compared: the name of the model that made them, and how many numbers they have.
create table embedding_spaces (
    seq bigint generated always as identity primary key,
    model text not null,
    dimensions integer not null,
    unique (model, dimensions)
);

-- The space in which it is searched: that of its first vectors, until it is given those of another.
alter table vector_stores add column embedding_space bigint;


-- The vectors of a chunk, one for each of its windows. They are in sight while their chunk is, and go with it. Those of
-- several spaces may stand side by side: each search reads one.
create table chunk_vectors (
    chunk bigint not null references chunks (seq) on delete cascade,
    embedding_space bigint not null,
    place integer not null,
    vector_store_file bigint not null,
    epoch integer not null,
    -- Floats of 16 bits, little endian.
    vector bytea not null,
    primary key (chunk, embedding_space, place)
);

create index chunk_vectors_by_file on chunk_vectors (vector_store_file, epoch, embedding_space);

-- Where pgvector is installed and may be used, the server itself compares vectors, and has an index over them.
do $$
begin
    create extension if not exists vector;
exception
    when others then raise notice 'vectors are compared by the nodes: %', sqlerrm;
end
$$;

do $$
begin
    if to_regtype('halfvec') is not null then
        alter table chunk_vectors alter column vector type halfvec using null;
    end if;
end
$$;
