"""Where figures come from: stored samples, a Prometheus, an HTTP answer."""
