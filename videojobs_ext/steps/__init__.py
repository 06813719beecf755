"""Steps: the vision operations that pipelines are made of."""
