"""A person's own pages: sign-in, password, second factor, how screens look."""
