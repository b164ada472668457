"""Dashboards as code: one definition (YAML + SQL) per reader, rendered as a page that needs nothing but a browser."""
