"""The bus between processes and machines, on NATS: core publish and subscribe, nothing is kept by the server.

`bus.py` is the bus, `connection.py` one connection of it, `interest.py` what this node wants to hear, `outbox.py` what
waits to be sent, `envelope.py` how a payload travels. nats-py does the talking, through `client.py`.
"""

from threadkeep.bus.nats.bus import NatsBus as NatsBus
