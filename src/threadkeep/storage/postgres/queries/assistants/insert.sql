-- Fails on an id that the project has already.
insert into assistants (project, id, body)
values (:project, :id, :body)
