"""Who was told what: pages are rows first, then delivered outside any transaction."""
