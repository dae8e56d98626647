"""Changes over ``/api/v1``: list, read, raise, edit, act. Each idea has its ``<idea>_acts.py``."""
