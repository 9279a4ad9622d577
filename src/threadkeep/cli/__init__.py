"""The command line: one file per noun or verb. It reaches a server through the client, like everybody else."""
