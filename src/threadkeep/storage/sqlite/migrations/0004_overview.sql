-- What operators ask for: since when a run waits for a worker, and which trace it belongs to.

alter table runs add column queued_at real;
alter table runs add column traceparent text;
