"""Commands that are about Kubernetes clusters."""
