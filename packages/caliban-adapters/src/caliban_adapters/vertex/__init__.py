"""Vertex AI: jobs as its custom jobs."""
