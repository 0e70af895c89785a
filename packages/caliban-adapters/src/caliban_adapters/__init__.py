"""Connections to the world, one folder per technology."""
