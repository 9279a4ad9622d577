"""What is usually taken for the same: applications that run in an environment of their own (`requirements/bench`)."""
