"""Pure judgement: no clock, no network, no Trac, no Authlib."""
