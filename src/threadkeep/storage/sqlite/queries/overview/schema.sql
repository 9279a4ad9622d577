-- A field of the file's header.
select user_version from pragma_user_version
