"""What people bring along: their own code is measured right, or they are told that it cannot be."""
