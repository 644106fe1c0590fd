"""What the commands have to do with Unit: its configuration, and a Unit that runs."""
