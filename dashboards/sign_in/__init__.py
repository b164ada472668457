"""Who may see which page: names, passwords and roles, sessions, and the tokens of wall screens (ADR 0006)."""
