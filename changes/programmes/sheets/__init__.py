"""Sites, staff and plan as files: one format, written and read alike."""
