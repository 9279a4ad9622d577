-- For whoever holds the thread in this transaction: it asks for no lock.
insert into messages (project, thread_id, id, run_id, role, status, body)
values (:project, :thread_id, :id, :run_id, :role, :status, :body)
