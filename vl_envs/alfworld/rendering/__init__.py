"""First-person pictures of a household, drawn in software: no GPU, no display."""
