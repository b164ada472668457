"""Metabase as a second target of the same dashboards: compiled, compared and applied through its REST interface."""
