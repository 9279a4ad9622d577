-- Oldest node: 1.
-- Messages, runs and run steps in one table each. With 16 parts, a statement that looked for a run got ready to look into
-- all of them each time, and each connection planned it anew whenever one of them was analysed.
-- The records are copied, while nobody else reads or writes them.

lock table threads, messages, runs, run_steps in access exclusive mode;

create table whole_messages (like messages including defaults);
create table whole_runs (like runs including defaults including generated);
create table whole_run_steps (like run_steps including defaults);

insert into whole_messages select * from messages;
insert into whole_runs (
    seq, project, thread_id, id, status, worker, epoch, attempts, due_at, queued_at, on_crash, traceparent,
    parked_usage, revision, body
)
select seq, project, thread_id, id, status, worker, epoch, attempts, due_at, queued_at, on_crash, traceparent,
       parked_usage, revision, body
from runs;
insert into whole_run_steps select * from run_steps;

drop table run_steps;
drop table runs;
drop table messages;
alter table whole_messages rename to messages;
alter table whole_runs rename to runs;
alter table whole_run_steps rename to run_steps;


-- The keys of what they belong to, and the indexes, as they were; the primary keys last, for the reason given there.
create index messages_by_thread on messages (project, thread_id, seq);
create index messages_by_run on messages (project, thread_id, run_id, seq) where run_id is not null;
create index messages_of_user on messages (project, thread_id) where role = 'user';
alter table messages add primary key (project, thread_id, id);
alter table messages add foreign key (project, thread_id) references threads (project, id) on delete cascade;

create index runs_by_thread on runs (project, thread_id, seq);
create index runs_by_id on runs (id);
create index runs_queued on runs (seq) where status = 'queued';
create index runs_held on runs (worker) where held;
create index runs_due on runs (due_at)
    where status in ('queued', 'in_progress', 'requires_action', 'cancelling');
create unique index runs_active on runs (project, thread_id) where active;
alter table runs add primary key (project, thread_id, id);
alter table runs add foreign key (project, thread_id) references threads (project, id) on delete cascade;

create index run_steps_by_run on run_steps (project, thread_id, run_id, seq);
alter table run_steps add primary key (project, thread_id, id);
alter table run_steps
    add foreign key (project, thread_id, run_id) references runs (project, thread_id, id) on delete cascade;
