"""What travels: one file per noun, frozen structs that know no I/O."""
