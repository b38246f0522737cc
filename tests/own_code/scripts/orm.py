"""A small table, written and read through a class."""

import sqlite3


class Book:
    def __init__(self, number, title):
        self.number, self.title = number, title

    def save(self, database):
        database.execute("insert into book values (?, ?)", (self.number, self.title))

    @classmethod
    def all(cls, database):
        return [cls(*row) for row in database.execute("select number, title from book order by number")]


def task(index):
    database = sqlite3.connect(":memory:")
    try:
        database.execute("create table book (number integer primary key, title text)")
        for number in range(3000):
            Book(number, f"volume {number}").save(database)
        return sum(len(book.title) for book in Book.all(database))
    finally:
        database.close()
