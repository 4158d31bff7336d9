"""Memory: what is worth keeping, how it is found again, and whom to believe where it contradicts."""
