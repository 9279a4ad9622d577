"""Threadkeep keeps the Threads API alive: a typed client, and a server that answers it."""

from threadkeep.version import __version__

__all__ = ["__version__"]
