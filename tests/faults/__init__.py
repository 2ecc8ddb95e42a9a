"""Evidence for the guarantees: the real bot is killed and starved, then its books are read."""
