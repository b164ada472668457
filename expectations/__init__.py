"""The gate at the raw border: Great Expectations checks what landed, bad rows wait in quarantine, raw stays."""
