"""Queues: which job is next."""
