"""From terminals and files into raw and reference."""
