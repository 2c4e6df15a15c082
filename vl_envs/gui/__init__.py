"""The family ``VLGui/*``: screens to read, press, scroll and type on, drawn in a millisecond."""
