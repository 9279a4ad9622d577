"""Faults, really injected: processes killed and stopped, disks full, clocks put forward, always with clients at work.

`Load` keeps conversations going against real servers and writes down in a `Ledger` what it was told; `check_kept` then
holds the servers to it. `make chaos` runs the long versions.
"""
