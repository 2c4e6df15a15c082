"""Benchmarks: exact commands, and results as JSON."""
