"""Google Cloud, as far as this machine knows it."""
