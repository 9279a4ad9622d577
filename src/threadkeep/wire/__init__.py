"""How the API travels, without any I/O: operations, event streams, pages, problems.

Shared by client and server. The noun modules hold one function per call of the API.
"""
