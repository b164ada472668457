"""Worked examples: a legal office writes what should come out, the same models that judge the city answer."""
