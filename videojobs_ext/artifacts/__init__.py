"""Artifacts: the pictures that a job makes besides its rows."""
