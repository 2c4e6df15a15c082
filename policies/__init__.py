"""Policies turn observations into text actions."""
