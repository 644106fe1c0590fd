"""What is kept of a person who is signed in, and the stores that keep it."""
