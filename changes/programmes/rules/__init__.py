"""Guards, shares, matrices, exits and forecasts of sites. Pure."""
