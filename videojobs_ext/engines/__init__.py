"""Engines: what runs chunks, away from the server's own process."""
