"""Everything that an administrator can set: one table, and how its values are read."""
