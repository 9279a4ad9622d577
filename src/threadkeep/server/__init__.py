"""Answers the API over HTTP: an ASGI application around storage and engine, which knows nothing of how they work."""
