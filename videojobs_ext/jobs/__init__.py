"""Jobs: one video, one pipeline, parameters and a status, kept in a database."""
