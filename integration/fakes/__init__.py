"""Stand-ins for Google's APIs: HTTP on loopback, checked against Google's own descriptions.

They show that requests fit what Google publishes, never that Google would take them.
"""
