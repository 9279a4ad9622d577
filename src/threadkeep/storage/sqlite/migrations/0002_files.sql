-- Files, vector stores and what is found in them, idempotency keys.

create table files (
    seq integer primary key autoincrement,
    project text not null,
    id text not null,
    purpose text not null,
    expires_at integer,
    revision integer not null default 1,
    body blob not null,
    unique (project, id)
);

create index files_by_project on files (project);
create index files_by_purpose on files (project, purpose);
create index files_expiring on files (expires_at) where expires_at is not null;


-- The files that an assistant's code interpreter lists, beside the list in its body.
create table assistant_files (
    project text not null,
    assistant_id text not null,
    file_id text not null,
    primary key (project, assistant_id, file_id),
    foreign key (project, assistant_id) references assistants (project, id) on delete cascade,
    foreign key (project, file_id) references files (project, id) on delete cascade
) without rowid;

create index assistant_files_by_file on assistant_files (project, file_id);


-- The same for threads.
create table thread_files (
    project text not null,
    thread_id text not null,
    file_id text not null,
    primary key (project, thread_id, file_id),
    foreign key (project, thread_id) references threads (project, id) on delete cascade,
    foreign key (project, file_id) references files (project, id) on delete cascade
) without rowid;

create index thread_files_by_file on thread_files (project, file_id);


-- What follows from its files stands in counters, kept by the triggers on `vector_store_files`.
create table vector_stores (
    seq integer primary key autoincrement,
    project text not null,
    id text not null,
    last_active_at integer not null,
    expires_after_days integer,
    expires_at integer generated always as (last_active_at + expires_after_days * 86400) stored,
    in_progress integer not null default 0,
    completed integer not null default 0,
    failed integer not null default 0,
    cancelled integer not null default 0,
    usage_bytes integer not null default 0,
    chunk_count integer not null default 0,
    revision integer not null default 1,
    body blob not null,
    unique (project, id)
);

create index vector_stores_by_project on vector_stores (project);
-- Those whose chunks can go once they have expired.
create index vector_stores_expiring on vector_stores (expires_at) where chunk_count > 0;


create table file_batches (
    seq integer primary key autoincrement,
    project text not null,
    vector_store_id text not null,
    id text not null,
    is_cancelled integer not null default 0,
    in_progress integer not null default 0,
    completed integer not null default 0,
    failed integer not null default 0,
    cancelled integer not null default 0,
    body blob not null,
    unique (project, id),
    foreign key (project, vector_store_id) references vector_stores (project, id) on delete cascade
);

create index file_batches_by_vector_store on file_batches (project, vector_store_id);


create table vector_store_files (
    seq integer primary key autoincrement,
    project text not null,
    vector_store_id text not null,
    file_id text not null,
    -- The batch that added it last.
    batch_id text,
    status text not null,
    usage_bytes integer not null default 0,
    chunk_count integer not null default 0,
    worker text,
    epoch integer not null default 0,
    attempts integer not null default 0,
    revision integer not null default 1,
    body blob not null,
    unique (project, vector_store_id, file_id),
    foreign key (project, vector_store_id) references vector_stores (project, id) on delete cascade,
    foreign key (project, file_id) references files (project, id) on delete cascade
);

create index vector_store_files_by_vector_store on vector_store_files (project, vector_store_id);
create index vector_store_files_by_status on vector_store_files (project, vector_store_id, status);
create index vector_store_files_by_batch on vector_store_files (project, vector_store_id, batch_id)
    where batch_id is not null;
create index vector_store_files_by_batch_and_status
    on vector_store_files (project, vector_store_id, batch_id, status) where batch_id is not null;
create index vector_store_files_by_file on vector_store_files (project, file_id);
create index vector_store_files_waiting on vector_store_files (status)
    where status = 'in_progress' and worker is null;
create index vector_store_files_held on vector_store_files (worker)
    where status = 'in_progress' and worker is not null;


create trigger vector_store_files_counted_in after insert on vector_store_files
begin
    update vector_stores
    set in_progress = in_progress + (new.status = 'in_progress'),
        completed = completed + (new.status = 'completed'),
        failed = failed + (new.status = 'failed'),
        cancelled = cancelled + (new.status = 'cancelled'),
        usage_bytes = usage_bytes + new.usage_bytes,
        chunk_count = chunk_count + new.chunk_count
    where project = new.project and id = new.vector_store_id;
    update file_batches
    set in_progress = in_progress + (new.status = 'in_progress'),
        completed = completed + (new.status = 'completed'),
        failed = failed + (new.status = 'failed'),
        cancelled = cancelled + (new.status = 'cancelled')
    where project = new.project and id = new.batch_id;
end;

create trigger vector_store_files_counted_out after delete on vector_store_files
begin
    update vector_stores
    set in_progress = in_progress - (old.status = 'in_progress'),
        completed = completed - (old.status = 'completed'),
        failed = failed - (old.status = 'failed'),
        cancelled = cancelled - (old.status = 'cancelled'),
        usage_bytes = usage_bytes - old.usage_bytes,
        chunk_count = chunk_count - old.chunk_count
    where project = old.project and id = old.vector_store_id;
    update file_batches
    set in_progress = in_progress - (old.status = 'in_progress'),
        completed = completed - (old.status = 'completed'),
        failed = failed - (old.status = 'failed'),
        cancelled = cancelled - (old.status = 'cancelled')
    where project = old.project and id = old.batch_id;
end;

create trigger vector_store_files_recounted
after update of batch_id, status, usage_bytes, chunk_count on vector_store_files
begin
    update vector_stores
    set in_progress = in_progress - (old.status = 'in_progress') + (new.status = 'in_progress'),
        completed = completed - (old.status = 'completed') + (new.status = 'completed'),
        failed = failed - (old.status = 'failed') + (new.status = 'failed'),
        cancelled = cancelled - (old.status = 'cancelled') + (new.status = 'cancelled'),
        usage_bytes = usage_bytes - old.usage_bytes + new.usage_bytes,
        chunk_count = chunk_count - old.chunk_count + new.chunk_count
    where project = new.project and id = new.vector_store_id;
    update file_batches
    set in_progress = in_progress - (old.status = 'in_progress'),
        completed = completed - (old.status = 'completed'),
        failed = failed - (old.status = 'failed'),
        cancelled = cancelled - (old.status = 'cancelled')
    where project = old.project and id = old.batch_id;
    update file_batches
    set in_progress = in_progress + (new.status = 'in_progress'),
        completed = completed + (new.status = 'completed'),
        failed = failed + (new.status = 'failed'),
        cancelled = cancelled + (new.status = 'cancelled')
    where project = new.project and id = new.batch_id;
end;


-- Found are those whose file is completed and still at their epoch. They outlive their file until they are swept.
create table chunks (
    seq integer primary key autoincrement,
    vector_store integer not null,
    vector_store_file integer not null,
    epoch integer not null,
    position integer not null,
    overlap integer not null,
    text text not null,
    unique (vector_store_file, epoch, position)
);

-- The vector store (its seq) is a word of each chunk: so a search reads no other's.
create virtual table chunk_index using fts5 (
    vector_store,
    text,
    content = 'chunks',
    content_rowid = 'seq',
    tokenize = 'porter unicode61 remove_diacritics 2'
);

create trigger chunks_indexed after insert on chunks
begin
    insert into chunk_index (rowid, vector_store, text)
    values (new.seq, new.vector_store, new.text);
end;

create trigger chunks_no_longer_indexed after delete on chunks
begin
    insert into chunk_index (chunk_index, rowid, vector_store, text)
    values ('delete', old.seq, old.vector_store, old.text);
end;


-- Whose chunks nothing can find any more: to be swept.
create table discarded_chunks (
    vector_store_file integer not null,
    epoch integer not null,
    primary key (vector_store_file, epoch)
) without rowid;

create trigger vector_store_files_outdated after update of epoch on vector_store_files
when old.epoch > 0 and old.epoch <> new.epoch
begin
    insert or ignore into discarded_chunks values (old.seq, old.epoch);
end;

create trigger vector_store_files_removed after delete on vector_store_files
when old.epoch > 0
begin
    insert or ignore into discarded_chunks values (old.seq, old.epoch);
end;


create table idempotency_keys (
    project text not null,
    key text not null,
    fingerprint blob not null,
    begun_at real not null,
    answer blob not null,
    primary key (project, key)
);

create index idempotency_keys_by_age on idempotency_keys (begun_at);
