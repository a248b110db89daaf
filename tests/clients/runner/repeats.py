"""What a client does about a 503."""

import threading
import time
import urllib.error

# Seconds between two tries, and how long a slow machine has.
PAUSE, PATIENCE = 0.1, 60


class Repeats:
    """Asks again, and counts how often.

    A 503 says nothing about a token, and on a machine that stands still for a second it is right.
    """

    def __init__(self):
        self.lock = threading.Lock()
        self.count = 0

    def ask(self, question):
        """The first answer that is no 503."""
        end = time.monotonic() + PATIENCE
        while True:
            try:
                if (answer := question()) != 503:
                    return answer
            except urllib.error.HTTPError as error:
                if error.code != 503:
                    raise
            if time.monotonic() > end:
                raise TimeoutError(f"nothing but 503 for {PATIENCE} s")
            with self.lock:
                self.count += 1
            time.sleep(PAUSE)
