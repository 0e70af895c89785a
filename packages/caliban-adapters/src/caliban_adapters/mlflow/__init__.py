"""MLflow tracking servers, spoken to over HTTP."""
