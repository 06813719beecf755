"""The notebook side: speaks REST to the server and nothing else."""
