"""Video files: which frames they hold, which of them are wanted, and how to decode and write them."""
