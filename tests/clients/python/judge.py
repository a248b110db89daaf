"""Reads one token a line, and writes what `verify` makes of each."""

import sys


def judge(verify):
    for line in sys.stdin:
        try:
            verify(line.strip())
            print("accepted")
        except Exception as error:
            print(f"refused: {type(error).__name__}: {error}".replace("\n", " "))
