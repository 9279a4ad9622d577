-- By the unique index runs_active, once for each thread.
select runs.project, runs.thread_id, runs.id
from unnest(:projects::text[], :thread_ids::text[]) as wanted (project, thread_id)
join runs on runs.project = wanted.project and runs.thread_id = wanted.thread_id and runs.active
