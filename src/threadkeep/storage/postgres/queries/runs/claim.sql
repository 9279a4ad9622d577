-- By primary key, in the transaction that has just read and locked them.
update runs
set status = given.status, body = given.body, worker = given.worker, epoch = given.epoch,
    attempts = given.attempts, revision = runs.revision + 1
from unnest(
    :project::text[], :thread_id::text[], :id::text[], :status::text[], :body::bytea[],
    :worker::text[], :epoch::integer[], :attempts::integer[]
) as given (project, thread_id, id, status, body, worker, epoch, attempts)
where runs.project = given.project and runs.thread_id = given.thread_id and runs.id = given.id
