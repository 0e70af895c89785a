"""Commands that are about the Jobs of a cluster."""
