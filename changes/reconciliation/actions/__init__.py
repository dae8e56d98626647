"""Read extracts, run the match, explain and carry breaks."""
