-- Oldest node: 1.
-- Each record keeps its JSON in `body`, as it is sent, and beside it only what queries look at. To look at it by hand:
-- `select convert_from(body, 'UTF8')::json from runs`.
-- `seq` grows and is never used again: it is the order of lists, and the place that a cursor stands for.
-- What belongs to a thread is spread over 16 partitions, which are vacuumed and grow each by itself. Their primary keys
-- are made last: of indexes that look equal while a table is empty, plans that are kept have the newest.

create table schema_version (
    version integer primary key,
    oldest_node integer not null,
    applied_at timestamptz not null default now()
);


-- The last transaction of each writer, kept in that transaction: it tells whether a commit went through.
create table commit_marks (
    id text primary key,
    number bigint not null,
    marked_at timestamptz not null default now()
);


create table assistants (
    seq bigint generated always as identity,
    project text not null,
    id text not null,
    revision integer not null default 1,
    body bytea not null,
    primary key (project, id)
);

create unique index assistants_by_project on assistants (project, seq);


create table threads (
    seq bigint generated always as identity,
    project text not null,
    id text not null,
    revision integer not null default 1,
    body bytea not null,
    primary key (project, id)
);

create unique index threads_by_project on threads (project, seq);


create sequence messages_seq as bigint;

create table messages (
    seq bigint not null default nextval('messages_seq'),
    project text not null,
    thread_id text not null,
    id text not null,
    run_id text,
    role text not null,
    status text not null,
    revision integer not null default 1,
    body bytea not null,
    foreign key (project, thread_id) references threads (project, id) on delete cascade
) partition by hash (thread_id);

create index messages_by_thread on messages (project, thread_id, seq);
create index messages_by_run on messages (project, thread_id, run_id, seq) where run_id is not null;
create index messages_of_user on messages (project, thread_id) where role = 'user';
alter table messages add primary key (project, thread_id, id);


create sequence runs_seq as bigint;

create table runs (
    seq bigint not null default nextval('runs_seq'),
    project text not null,
    thread_id text not null,
    id text not null,
    status text not null,
    -- Not terminal: the thread is locked.
    active boolean not null generated always as (
        status in ('queued', 'in_progress', 'requires_action', 'cancelling')
    ) stored,
    -- Somebody works on it, or has died at it.
    held boolean not null generated always as (
        worker is not null and status in ('in_progress', 'cancelling')
    ) stored,
    worker text,
    epoch integer not null default 0,
    attempts integer not null default 0,
    due_at double precision,
    queued_at double precision,
    on_crash text not null default 'resume',
    traceparent text,
    parked_usage bytea,
    revision integer not null default 1,
    body bytea not null,
    foreign key (project, thread_id) references threads (project, id) on delete cascade
) partition by hash (thread_id);

create index runs_by_thread on runs (project, thread_id, seq);
create index runs_by_id on runs (id);
create index runs_queued on runs (seq) where status = 'queued';
create index runs_held on runs (worker) where held;
-- Not `where active`: whoever looks for the active run of a thread must not be led through all of them.
create index runs_due on runs (due_at)
    where status in ('queued', 'in_progress', 'requires_action', 'cancelling');
-- The lock of the thread: at most one active run.
create unique index runs_active on runs (project, thread_id) where active;
alter table runs add primary key (project, thread_id, id);


create sequence run_steps_seq as bigint;

create table run_steps (
    seq bigint not null default nextval('run_steps_seq'),
    project text not null,
    thread_id text not null,
    run_id text not null,
    id text not null,
    status text not null,
    event_epoch integer,
    first_event integer,
    last_event integer,
    revision integer not null default 1,
    body bytea not null,
    foreign key (project, thread_id, run_id) references runs (project, thread_id, id) on delete cascade
) partition by hash (thread_id);

create index run_steps_by_run on run_steps (project, thread_id, run_id, seq);
alter table run_steps add primary key (project, thread_id, id);


do $$
begin
    for number in 0..15 loop
        execute format('create table messages_%1$s partition of messages for values with (modulus 16, remainder %1$s)', number);
        execute format('create table runs_%1$s partition of runs for values with (modulus 16, remainder %1$s)', number);
        execute format('create table run_steps_%1$s partition of run_steps for values with (modulus 16, remainder %1$s)', number);
    end loop;
end
$$;


-- A worker that has no lease here has let it run out.
create table workers (
    id text primary key,
    lease_until double precision not null
);


-- One row that is written to see that writing works.
create table checks (
    id integer primary key check (id = 1),
    checked_at timestamptz not null
);
