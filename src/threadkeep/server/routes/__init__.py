"""What each path of the API does: one file per noun; every handler reads the request, asks one thing, and answers."""

from __future__ import annotations

from typing import Final

from threadkeep.server.endpoint import Handlers
from threadkeep.server.routes import (
    assistants,
    file_batches,
    files,
    messages,
    models,
    run_events,
    run_steps,
    runs,
    threads,
    vector_store_files,
    vector_stores,
)

API: Final[dict[str, Handlers]] = {
    **messages.ROUTES,  # what is called most is found first
    **runs.ROUTES,  # before the threads: /threads/runs is no thread
    **threads.ROUTES,
    **run_steps.ROUTES,
    **run_events.ROUTES,
    **assistants.ROUTES,
    **files.ROUTES,
    **vector_stores.ROUTES,
    **vector_store_files.ROUTES,
    **file_batches.ROUTES,
    **models.ROUTES,
}
"""Path templates, relative to where the API is mounted, and the handler of each method."""
