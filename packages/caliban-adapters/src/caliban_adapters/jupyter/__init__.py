"""Jupyter, started in a container and spoken to from outside."""
