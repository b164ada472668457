"""Postgres and what every room needs of it: settings, connections, the embedded server, landing, builds."""
