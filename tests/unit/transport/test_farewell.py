"""Programs end well, though a library's own thread calls into them."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import _thread, time
from threadkeep.transport.farewell import wait_at_exit

started = _thread.allocate_lock()
started.acquire()

def of_a_library():  # as `threading` does not know of it
    started.release()
    time.sleep({seconds})
    print("left", flush=True)

wait_at_exit()
_thread.start_new_thread(of_a_library, ())
started.acquire()
"""


def printed_by(program: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stderr == ""
    return done.stdout.strip()


def test_a_program_ends_after_the_library_has_left_it():
    assert printed_by(PROGRAM.format(seconds=0.02)) == "left"


def test_a_library_that_never_leaves_does_not_keep_a_program():
    assert printed_by(PROGRAM.format(seconds=3600)) == ""
