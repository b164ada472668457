"""Faces beside the finger: enrol, verify, forget; nothing biometric leaves this room but outcomes."""
