-- One row of the catalogue, by its primary key: whether the server itself compares vectors.
select atttypid <> cast('bytea' as regtype)
from pg_attribute
where attrelid = cast('chunk_vectors' as regclass) and attname = 'vector'
