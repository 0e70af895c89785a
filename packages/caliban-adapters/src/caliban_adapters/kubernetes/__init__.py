"""Kubernetes: jobs as the Jobs of a cluster."""
