"""The API for machines, and what load balancers and Prometheus ask."""
