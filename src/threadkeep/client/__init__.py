"""The client: calls of the API as methods, with retries, pages and event streams.

`_async/` is written by hand, `_sync/` is generated from it by `scripts/unasync.py`. They only send
and pause; what there is to decide is decided by the pure modules beside them and in `wire/`.
"""
