"""Drivers speak a device's protocol or read its export; they know no database."""
