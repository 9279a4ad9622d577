"""The client's shell: it sends and it pauses."""
