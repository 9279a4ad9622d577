-- By unique (model, dimensions): one that is there already stays.
insert into embedding_spaces (model, dimensions)
values (:model, :dimensions)
on conflict do nothing
