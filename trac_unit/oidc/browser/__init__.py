"""Everything that a browser holds or sends: cookies, requests, addresses."""
