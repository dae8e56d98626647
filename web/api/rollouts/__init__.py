"""Roll-outs, gates and features over ``/api/v1``."""
