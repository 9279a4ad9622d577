"""Fixtures and helpers of the tests; each fixture is named for what it gives."""
