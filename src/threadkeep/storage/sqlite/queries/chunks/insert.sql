-- One that is there already is the same: whoever writes chunks a second time reads the same file.
insert into chunks (vector_store, vector_store_file, epoch, position, overlap, text, page, heading)
values (:vector_store, :vector_store_file, :epoch, :position, :overlap, :text, :page, :heading)
on conflict do nothing
