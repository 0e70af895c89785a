"""Commands that are about the pods of a cluster."""
