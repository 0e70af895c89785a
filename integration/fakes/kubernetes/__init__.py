"""A Kubernetes API server that keeps, checks and changes objects, and lets tests play the cluster.

It is stricter than a cluster where Kubernetes' own schemas are, and nothing in it proves that a
cluster accepts what it accepts.
"""
