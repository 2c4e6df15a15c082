"""Algorithms train policies on environments."""
