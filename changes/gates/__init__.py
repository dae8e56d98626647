"""Health gates: three-valued judgement of figures, every measurement kept as evidence."""
