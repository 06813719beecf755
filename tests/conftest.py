"""Fixtures that every room's tests share."""

pytest_plugins = ["pytest_jupyter.jupyter_server", "tests.databases", "tests.server"]
