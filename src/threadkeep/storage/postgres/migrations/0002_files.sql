-- Oldest node: 1.
-- Files, vector stores and what is found in them, idempotency keys.
-- Whoever locks many rows locks them in this order, so that no two transactions wait for each other: files,
-- assistants, threads, vector stores, and then what belongs to one of these; among rows of one table by id.

create table files (
    seq bigint generated always as identity,
    project text not null,
    id text not null,
    purpose text not null,
    expires_at double precision,
    revision integer not null default 1,
    body bytea not null,
    primary key (project, id)
);

create unique index files_by_project on files (project, seq);
create unique index files_by_purpose on files (project, purpose, seq);
create index files_expiring on files (expires_at) where expires_at is not null;


-- The files that an assistant's code interpreter lists, beside the list in its body.
create table assistant_files (
    project text not null,
    assistant_id text not null,
    file_id text not null,
    primary key (project, assistant_id, file_id),
    foreign key (project, assistant_id) references assistants (project, id) on delete cascade,
    foreign key (project, file_id) references files (project, id) on delete cascade
);

create index assistant_files_by_file on assistant_files (project, file_id);


-- The same for threads.
create table thread_files (
    project text not null,
    thread_id text not null,
    file_id text not null,
    primary key (project, thread_id, file_id),
    foreign key (project, thread_id) references threads (project, id) on delete cascade,
    foreign key (project, file_id) references files (project, id) on delete cascade
);

create index thread_files_by_file on thread_files (project, file_id);


-- What follows from its files stands in counters, kept by the triggers on `vector_store_files`. Whoever changes what
-- is counted has locked the vector store before, so that nobody waits for its counters with a file in hand.
create table vector_stores (
    seq bigint generated always as identity unique,
    project text not null,
    id text not null,
    last_active_at bigint not null,
    expires_after_days bigint,
    expires_at double precision generated always as (last_active_at + expires_after_days * 86400) stored,
    in_progress bigint not null default 0,
    completed bigint not null default 0,
    failed bigint not null default 0,
    cancelled bigint not null default 0,
    usage_bytes bigint not null default 0,
    chunk_count bigint not null default 0,
    revision integer not null default 1,
    body bytea not null,
    primary key (project, id)
);

create unique index vector_stores_by_project on vector_stores (project, seq);
-- Those whose chunks can go once they have expired.
create index vector_stores_expiring on vector_stores (expires_at) where chunk_count > 0;


create table file_batches (
    project text not null,
    vector_store_id text not null,
    id text not null,
    is_cancelled boolean not null default false,
    in_progress bigint not null default 0,
    completed bigint not null default 0,
    failed bigint not null default 0,
    cancelled bigint not null default 0,
    body bytea not null,
    primary key (project, id),
    foreign key (project, vector_store_id) references vector_stores (project, id) on delete cascade
);

create index file_batches_by_vector_store on file_batches (project, vector_store_id);


-- Files of vector stores whose chunks nothing can find any more: to be swept.
create table discarded_chunks (
    vector_store_file bigint not null,
    epoch integer not null,
    primary key (vector_store_file, epoch)
);


create table vector_store_files (
    seq bigint generated always as identity unique,
    project text not null,
    vector_store_id text not null,
    file_id text not null,
    -- The batch that added it last.
    batch_id text,
    status text not null,
    usage_bytes bigint not null default 0,
    chunk_count bigint not null default 0,
    worker text,
    epoch integer not null default 0,
    attempts integer not null default 0,
    revision integer not null default 1,
    body bytea not null,
    primary key (project, vector_store_id, file_id),
    foreign key (project, vector_store_id) references vector_stores (project, id) on delete cascade,
    foreign key (project, file_id) references files (project, id) on delete cascade
);

create index vector_store_files_by_vector_store on vector_store_files (project, vector_store_id, seq);
create index vector_store_files_by_status on vector_store_files (project, vector_store_id, status, seq);
create index vector_store_files_by_batch
    on vector_store_files (project, vector_store_id, batch_id, seq)
    where batch_id is not null;
create index vector_store_files_by_batch_and_status
    on vector_store_files (project, vector_store_id, batch_id, status, seq) where batch_id is not null;
create index vector_store_files_by_file on vector_store_files (project, file_id);
create index vector_store_files_waiting on vector_store_files (seq)
    where status = 'in_progress' and worker is null;
create index vector_store_files_held on vector_store_files (worker)
    where status = 'in_progress' and worker is not null;


-- The search compares words that the node has made of the text, so it depends on no setting of the server. What is
-- left to the server is English stems; no word is too common to be kept.
create text search dictionary threadkeep_stem (template = snowball, language = english);
create text search configuration threadkeep (parser = default);
alter text search configuration threadkeep add mapping for asciiword, word with threadkeep_stem;
alter text search configuration threadkeep add mapping for numword, int, uint, float, sfloat with simple;


-- Found are those whose file is completed and still at their epoch. They outlive their file until they are swept.
create table chunks (
    seq bigint generated always as identity primary key,
    vector_store_file bigint not null,
    epoch integer not null,
    position integer not null,
    overlap integer not null,
    -- In UTF-8: a text of PostgreSQL cannot hold every character.
    text bytea not null,
    word_count integer not null,
    -- The vector store (its seq, behind a #) is a word of each chunk: so a search reads no other's.
    words tsvector not null,
    unique (vector_store_file, epoch, position)
);

-- What is still to be put in is listed, which makes writing three times as fast. Each search reads the list: a megabyte
-- costs it two milliseconds.
create index chunks_by_word on chunks using gin (words)
    with (fastupdate = on, gin_pending_list_limit = 1024);


-- What of a row is counted, and whose chunks it shows.
create type counted_file as (
    project text,
    vector_store_id text,
    batch_id text,
    status text,
    usage_bytes bigint,
    chunk_count bigint,
    seq bigint,
    epoch integer
);

-- Rows as they were, and as they are now, after one statement.
create function count_files(gone counted_file[], came counted_file[]) returns void language sql as $$
    with change as (
        select project, vector_store_id, batch_id,
            coalesce(sum(sign) filter (where status = 'in_progress'), 0) as in_progress,
            coalesce(sum(sign) filter (where status = 'completed'), 0) as completed,
            coalesce(sum(sign) filter (where status = 'failed'), 0) as failed,
            coalesce(sum(sign) filter (where status = 'cancelled'), 0) as cancelled,
            sum(sign * usage_bytes) as usage_bytes,
            sum(sign * chunk_count) as chunk_count
        from (
            select -1 as sign, file.* from unnest(gone) as file
            union all
            select 1, file.* from unnest(came) as file
        ) as counted
        group by project, vector_store_id, batch_id
    ),
    counted_in_vector_stores as (
        update vector_stores
        set in_progress = vector_stores.in_progress + total.in_progress,
            completed = vector_stores.completed + total.completed,
            failed = vector_stores.failed + total.failed,
            cancelled = vector_stores.cancelled + total.cancelled,
            usage_bytes = vector_stores.usage_bytes + total.usage_bytes,
            chunk_count = vector_stores.chunk_count + total.chunk_count
        from (
            select project, vector_store_id,
                sum(in_progress) as in_progress, sum(completed) as completed,
                sum(failed) as failed, sum(cancelled) as cancelled,
                sum(usage_bytes) as usage_bytes, sum(chunk_count) as chunk_count
            from change
            group by project, vector_store_id
        ) as total
        where vector_stores.project = total.project and vector_stores.id = total.vector_store_id
          and (total.in_progress, total.completed, total.failed, total.cancelled,
               total.usage_bytes, total.chunk_count) <> (0, 0, 0, 0, 0, 0)
    ),
    counted_in_batches as (
        update file_batches
        set in_progress = file_batches.in_progress + change.in_progress,
            completed = file_batches.completed + change.completed,
            failed = file_batches.failed + change.failed,
            cancelled = file_batches.cancelled + change.cancelled
        from change
        where file_batches.project = change.project and file_batches.id = change.batch_id
          and (change.in_progress, change.completed, change.failed, change.cancelled)
              <> (0, 0, 0, 0)
    )
    insert into discarded_chunks (vector_store_file, epoch)
    select seq, epoch from unnest(gone) where epoch > 0
    except
    select seq, epoch from unnest(came)
    on conflict do nothing
$$;

create function vector_store_files_changed() returns trigger language plpgsql as $$
declare
    gone counted_file[];
    came counted_file[];
begin
    if tg_op <> 'INSERT' then
        gone := array(
            select row(project, vector_store_id, batch_id, status, usage_bytes, chunk_count, seq, epoch)
                ::counted_file
            from gone_rows
        );
    end if;
    if tg_op <> 'DELETE' then
        came := array(
            select row(project, vector_store_id, batch_id, status, usage_bytes, chunk_count, seq, epoch)
                ::counted_file
            from come_rows
        );
    end if;
    perform count_files(gone, came);
    return null;
end
$$;

create trigger vector_store_files_added after insert on vector_store_files
referencing new table as come_rows
for each statement execute function vector_store_files_changed();

create trigger vector_store_files_changed after update on vector_store_files
referencing old table as gone_rows new table as come_rows
for each statement execute function vector_store_files_changed();

create trigger vector_store_files_removed after delete on vector_store_files
referencing old table as gone_rows
for each statement execute function vector_store_files_changed();


create table idempotency_keys (
    project text not null,
    key text not null,
    holder text not null,
    fingerprint bytea not null,
    begun_at double precision not null,
    -- Until then whoever began is taken to be at work, if there is no answer yet.
    held_until double precision not null,
    answer bytea,
    primary key (project, key)
);

create index idempotency_keys_by_age on idempotency_keys (begun_at);


-- The bytes of files, if they are kept here. What is being written, or is discarded, or was not yet seen to belong to
-- a file stands in the index of the doubtful; a day after its last change it is looked at.
create table file_contents (
    seq bigint generated always as identity primary key,
    project text not null,
    file_id text not null,
    size bigint not null default 0,
    state text not null check (state in ('writing', 'written', 'checked', 'discarded')),
    since double precision not null
);

create unique index file_contents_by_file on file_contents (project, file_id)
    where state in ('written', 'checked');
create index file_contents_doubtful on file_contents (since) where state <> 'checked';


create table file_pieces (
    content bigint not null references file_contents (seq) on delete cascade,
    position integer not null,
    bytes bytea not null,
    primary key (content, position)
);

-- Files are seldom worth compressing, and large enough to be told apart from the rows.
alter table file_pieces alter column bytes set storage external;
