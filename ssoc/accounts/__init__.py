"""People, API tokens and kiosk links: who is at the other end, and what they may do."""
