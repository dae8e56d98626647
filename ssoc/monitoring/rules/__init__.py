"""Pure rules of monitoring: when a check raises, what unreachable means, what is usual."""
