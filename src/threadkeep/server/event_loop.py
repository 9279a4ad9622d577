"""The quickest event loop that there is for this system."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable

if sys.platform == "win32":
    loop_factory: Callable[[], asyncio.AbstractEventLoop] | None = None
else:
    import uvloop

    loop_factory = uvloop.new_event_loop
