"""Digits, read."""
