# Generated from src/threadkeep/client/_async/__init__.py by scripts/unasync.py. Edit that file, then run `make format`.
"""The client's shell: it sends and it pauses."""
