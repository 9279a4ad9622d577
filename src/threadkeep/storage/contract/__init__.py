"""What a storage must do: a protocol per noun, and the records that it hands out."""
