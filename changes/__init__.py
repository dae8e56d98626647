"""Changes and roll-outs: nothing yet; sources report them to the change log in monitoring."""
