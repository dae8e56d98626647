"""One file per way of asking; each offers one function that returns a Reading and never raises."""
