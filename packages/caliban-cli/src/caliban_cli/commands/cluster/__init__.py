"""The commands about clusters, a module each."""
