"""Services: the verbs of the product (submit, cancel, results, …), free of HTTP."""
