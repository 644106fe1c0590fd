"""The few pages that a person sees, in Trac's look, and their templates."""
