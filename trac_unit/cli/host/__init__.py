"""What the commands know of the machine that they run on."""
