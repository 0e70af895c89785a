"""Clusters of Google Kubernetes Engine: those that there are, and new ones."""
