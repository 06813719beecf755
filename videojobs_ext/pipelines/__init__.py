"""Pipelines: named graphs of steps, and the code that runs them over a chunk or a file."""
