"""What is known to fail yet: a test's name (with its parameters, where only those fail), and why.

Each mark is strict: once the test passes, its line must go."""

KNOWN: dict[str, str] = {
}
