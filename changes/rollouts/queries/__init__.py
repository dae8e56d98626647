"""Roll-outs and waves as frozen values."""
