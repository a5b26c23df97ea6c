"""The training engine: what it does with one model, with many, and after a kill."""
