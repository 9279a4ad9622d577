-- Where in its file a chunk stands.

alter table chunks add column page integer;
alter table chunks add column heading text;
