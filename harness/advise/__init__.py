"""Which strategy for a job: chooses where to measure, measures there, and says what came of it."""
