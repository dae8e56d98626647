"""How a measurement, a metric and a gate are judged. Pure."""
