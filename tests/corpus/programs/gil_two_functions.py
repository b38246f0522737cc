"""Threads that compute in Python share one interpreter lock: four take four times as long."""

# under: threads
# tasks: 4


def sieve(limit):
    marks = bytearray([1]) * limit
    for number in range(2, 600):
        if marks[number]:
            for multiple in range(number * number, limit, number):  # OR
                marks[multiple] = 0  # FAULT cpu-bound limit computing
    return sum(marks)


def task(index):
    # CLOCK ON
    found = sieve(500_000)
    # CLOCK OFF
    return found
