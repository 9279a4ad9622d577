-- Fails on an id that the project has already.
insert into file_batches (project, vector_store_id, id, body)
values (:project, :vector_store_id, :id, :body)
