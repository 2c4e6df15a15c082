"""``VLAlfworld/*``: household tasks that one sees, in ALFWorld's words."""
