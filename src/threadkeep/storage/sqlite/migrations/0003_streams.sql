-- What becomes of a run whose worker died, and which events of a run told of a step: so that a stream can be told anew.

alter table runs add column on_crash text not null default 'resume';

alter table run_steps add column event_epoch integer;
alter table run_steps add column first_event integer;
alter table run_steps add column last_event integer;
