"""Video files: the frames in them, which of these are wanted, and how to read and write them."""
