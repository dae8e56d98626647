"""Where other people's tools bring alerts, changes and signs of life, each in its own format."""
