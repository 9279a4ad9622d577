-- By unique (project, id). The fence: no row for whoever lost the run, or did not see its last change.
update runs
set status = :status, body = :body, worker = :worker, epoch = :epoch, attempts = :attempts,
    due_at = :due_at, parked_usage = :parked_usage, traceparent = :traceparent,
    queued_at = case when :status = 'queued' and status <> 'queued' then :now else queued_at end,
    revision = revision + 1
where project = :project and id = :id
  and revision = :seen_revision and epoch = :seen_epoch and worker is :seen_worker
