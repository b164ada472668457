"""A draft perwal tried on months that have been: what it would have cost whom, before anybody signs it."""
