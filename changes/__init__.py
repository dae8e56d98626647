"""Changes to the platforms: planned, approved, run, proved; which of them caused an incident."""
