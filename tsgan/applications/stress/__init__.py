"""What can be lost, when, and what would have to happen."""
