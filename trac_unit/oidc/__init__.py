"""OpenID Connect sign-in: a relying party for the authorization code flow."""
