"""What people decide: approvals, sanctions of ceremonies, the close of a month."""
