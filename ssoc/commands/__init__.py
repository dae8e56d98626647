"""Commands of the installation itself: set it up, keep its database, describe its estate."""
