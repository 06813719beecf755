"""Guards the scope of the project: words and file names that its rooms must not hold."""
