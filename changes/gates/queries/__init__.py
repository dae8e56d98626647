"""Gates and their evidence as frozen values."""
