"""Plan, start, pause, resume, abort and roll back; the first line is a permission."""
