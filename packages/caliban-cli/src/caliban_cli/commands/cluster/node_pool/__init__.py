"""Commands that are about the nodes of a cluster."""
