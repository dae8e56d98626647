"""What people do to programmes and sites; the first line is a permission."""
