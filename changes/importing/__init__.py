"""Changes of other tools from their CSV exports: how columns are read, checked and stored."""
