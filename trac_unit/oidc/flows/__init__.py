"""What brings provider, session and browser together: sign-in, and asking again."""
