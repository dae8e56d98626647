"""What people and machines do to changes, by idea; the first line of each is a permission."""
