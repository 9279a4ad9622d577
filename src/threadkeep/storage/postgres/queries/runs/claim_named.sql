-- The index runs_by_id, once for each. Not those that somebody else is claiming or writing at this moment.
-- Whether they are queued is not asked here: the planner might go through the index of all that are.
select runs.project, runs.body, runs.revision, runs.worker, runs.epoch, runs.attempts,
       runs.due_at, runs.parked_usage, runs.on_crash, runs.traceparent
from unnest(:thread_ids::text[], :run_ids::text[]) as wanted (thread_id, id)
join runs on runs.id = wanted.id and runs.thread_id = wanted.thread_id
for no key update of runs skip locked
