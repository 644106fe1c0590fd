"""Everything that speaks to the OpenID provider."""
