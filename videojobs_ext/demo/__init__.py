"""The demonstration: a film made on the spot, analyzed by a real server started for it."""
