-- By unique (project, id), in the transaction that has just read it.
update runs
set status = :status, body = :body, worker = :worker, epoch = :epoch, attempts = :attempts,
    revision = revision + 1
where project = :project and id = :id
