"""One file per way of telling people outside the console."""
