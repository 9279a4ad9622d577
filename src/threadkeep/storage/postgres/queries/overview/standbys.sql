-- Those that follow the server now; without the right to see more, it is told only that they are there.
select
    count(*),
    count(*) filter (where sync_state in ('sync', 'quorum')),
    count(*) filter (where sync_state is null)
from pg_stat_replication
