"""The bus between processes and machines, on NATS: core publish and subscribe, nothing is kept by the server.

`bus.py` is the bus, `connection.py` one connection of it and the only place that knows nats-py; `outbox.py` holds what
waits to be sent, `envelope.py` says how a payload travels.
"""

from threadkeep.bus.nats.bus import NatsBus as NatsBus
