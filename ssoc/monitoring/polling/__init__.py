"""The poller: asks every check of the estate, each market by its own workers."""
