"""What the Thens insist on, by noun. Each function checks one thing and raises `Failure` in words for the analyst."""
