"""Screens and files for `VLGui/Ground`: elements, instructions, boxes, rewards."""
