"""Git, asked about the project's own history."""
