"""What the platforms and other tools tell us: polls, samples, alerts, silences, heartbeats."""
