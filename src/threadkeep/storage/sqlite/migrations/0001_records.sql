-- The first schema. Each record keeps its JSON in `body`, and beside it only what queries look at.
-- `seq` grows and is never used again: it is the order of lists, and the place that a cursor stands for.
-- Ids are unique within a project, so that an imported id may exist in two of them.

create table assistants (
    seq integer primary key autoincrement,
    project text not null,
    id text not null,
    revision integer not null default 1,
    body blob not null,
    unique (project, id)
);

create index assistants_by_project on assistants (project);


create table threads (
    seq integer primary key autoincrement,
    project text not null,
    id text not null,
    revision integer not null default 1,
    body blob not null,
    unique (project, id)
);

create index threads_by_project on threads (project);


create table messages (
    seq integer primary key autoincrement,
    project text not null,
    thread_id text not null,
    id text not null,
    run_id text,
    role text not null,
    status text not null,
    revision integer not null default 1,
    body blob not null,
    unique (project, id),
    foreign key (project, thread_id) references threads (project, id) on delete cascade
);

create index messages_by_thread on messages (project, thread_id);
create index messages_by_run on messages (project, thread_id, run_id) where run_id is not null;
create index messages_of_user on messages (project, thread_id) where role = 'user';


create table runs (
    seq integer primary key autoincrement,
    project text not null,
    thread_id text not null,
    id text not null,
    status text not null,
    -- Not terminal: the thread is locked.
    active integer not null generated always as (
        status in ('queued', 'in_progress', 'requires_action', 'cancelling')
    ) stored,
    -- Somebody works on it, or has died at it.
    held integer not null generated always as (
        worker is not null and status in ('in_progress', 'cancelling')
    ) stored,
    worker text,
    epoch integer not null default 0,
    attempts integer not null default 0,
    due_at real,
    parked_usage blob,
    revision integer not null default 1,
    body blob not null,
    unique (project, id),
    foreign key (project, thread_id) references threads (project, id) on delete cascade
);

create index runs_by_thread on runs (project, thread_id);
create index runs_queued on runs (status) where status = 'queued';
create index runs_queued_by_id on runs (id) where status = 'queued';
create index runs_held on runs (worker) where held;
create index runs_due on runs (due_at) where active;
-- The lock of the thread: at most one active run.
create unique index runs_active on runs (project, thread_id) where active;


create table run_steps (
    seq integer primary key autoincrement,
    project text not null,
    thread_id text not null,
    run_id text not null,
    id text not null,
    status text not null,
    revision integer not null default 1,
    body blob not null,
    unique (project, id),
    foreign key (project, run_id) references runs (project, id) on delete cascade
);

create index run_steps_by_run on run_steps (project, run_id);


-- A worker that has no lease here has let it run out.
create table workers (
    id text primary key,
    lease_until real not null
) without rowid;


-- One row that is written to see that writing works.
create table checks (
    id integer primary key check (id = 1),
    checked_at real not null
);
