"""Pixels: themes, icons, and a painter that copies ready-made sprites."""
