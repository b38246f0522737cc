"""A trace as people see it: lanes of tasks, as a text and as the file of a viewer. Pure functions."""
