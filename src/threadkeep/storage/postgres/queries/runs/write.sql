-- By primary key. The fence: no row for whoever lost the run, or did not see its last change. The places of the others.
update runs
set status = given.status, body = given.body, worker = given.worker, epoch = given.epoch,
    attempts = given.attempts, due_at = given.due_at, parked_usage = given.parked_usage,
    traceparent = given.traceparent, revision = runs.revision + 1,
    queued_at = case
        when given.status = 'queued' and runs.status <> 'queued'
        then coalesce(cast(:now as double precision), extract(epoch from statement_timestamp()))
        else runs.queued_at
    end
from unnest(
    :project::text[], :thread_id::text[], :id::text[], :status::text[], :body::bytea[],
    :worker::text[], :epoch::integer[], :attempts::integer[], :due_at::double precision[],
    :parked_usage::bytea[], :traceparent::text[],
    :seen_revision::integer[], :seen_epoch::integer[], :seen_worker::text[]
) with ordinality as given (
    project, thread_id, id, status, body, worker, epoch, attempts, due_at,
    parked_usage, traceparent, seen_revision, seen_epoch, seen_worker, place
)
where runs.project = given.project and runs.thread_id = given.thread_id and runs.id = given.id
  and runs.revision = given.seen_revision and runs.epoch = given.seen_epoch
  and runs.worker is not distinct from given.seen_worker
returning given.place
