"""Days, breaks and exits as frozen values."""
