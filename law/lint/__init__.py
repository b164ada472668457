"""`hadir rules lint`: faults of a table of rules, found before anybody is cut by them."""
