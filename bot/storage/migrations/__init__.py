"""How the schema came to be, one small step a file in versions/."""
