"""Who ran when: one round of a cell whose tasks tell what they do."""
