"""Generators, one into another."""


def numbers():
    yield from range(20_000)


def squares(source):
    for number in source:
        yield number * number


def even(source):
    return (number for number in source if number % 2 == 0)


def task(index):
    return sum(even(squares(numbers())))
