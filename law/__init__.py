"""The law as people meet it: why a status or a rupiah is what it is."""
