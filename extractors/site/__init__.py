"""The site folder: what the city tells the system."""
