"""What this machine is, allows, and is doing."""
