"""The REST API: each handler parses, makes one call to a service, and answers."""
