"""Roll-outs: a change brought to markets, cohorts or sites in waves, each judged by a gate."""
