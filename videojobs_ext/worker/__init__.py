"""The worker: takes jobs from the queue and drives an engine until each is completed or failed."""
