"""What `trac-unit demo` shows: its Trac's content, and the servers."""
