"""Storage: where inputs, rows, artifacts and the cache are kept."""
