"""Measurements, taken by hand with `make bench`."""
