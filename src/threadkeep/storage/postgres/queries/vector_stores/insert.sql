-- Fails on an id that the project has already.
insert into vector_stores (project, id, last_active_at, expires_after_days, body)
values (
    :project, :id,
    floor(
        coalesce(
            cast(:last_active_at as float8), cast(:now as float8), extract(epoch from statement_timestamp())
        )
    ),
    :expires_after_days, :body
)
