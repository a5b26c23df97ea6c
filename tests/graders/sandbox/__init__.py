"""The sandbox, floor by floor: what it is built of, and submissions that really run in it."""
