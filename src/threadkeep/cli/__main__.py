"""`python -m threadkeep.cli` is the command `threadkeep`."""

from threadkeep.cli.main import main

main()
