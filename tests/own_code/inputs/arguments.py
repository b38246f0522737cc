"""A script that wants an argument, at import."""

import argparse

parser = argparse.ArgumentParser()
parser.add_argument("url")
args = parser.parse_args()


def task(index):
    return args.url
