"""`python -m threadkeep` is the command `threadkeep`."""

from threadkeep.cli.main import main

main()
