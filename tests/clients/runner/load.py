"""Log-ins and refreshes at several instances, at a steady pace."""

import collections
import itertools
import threading
import time

from service import kid_of

WORKERS = 4
# Seconds between two tokens of a worker, and how often it refreshes a session.
PERIOD, REFRESHES = 0.1, 9
# How many tokens of a key are waited for, and how many seconds a slow machine has for them.
ENOUGH, PATIENCE = 60, 60


class Load:
    """Hands each token on as soon as it has it, while it is entered."""

    def __init__(self, instances, audience, hand, repeats):
        self.instances, self.audience, self.hand, self.repeats = instances, audience, hand, repeats
        self.over = threading.Event()
        self.lock = threading.Lock()
        self.log_ins = self.refreshes = 0
        self.by_key, self.wrong = collections.Counter(), collections.Counter()
        self.workers = [threading.Thread(target=self.work, args=(which,)) for which in range(WORKERS)]

    def __enter__(self):
        for worker in self.workers:
            worker.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        for worker in self.workers:
            worker.join()

    def work(self, which):
        session = None
        for step in itertools.count():
            begun = time.monotonic()
            try:
                here, next_one = self.instances[which % 2], self.instances[(which + step) % 2]
                if session is None or step % (1 + REFRESHES) == 0:
                    session = self.repeats.ask(lambda: here.log_in(self.audience))
                    self.note("log_ins", session)
                else:
                    session = self.repeats.ask(lambda: next_one.refresh(session))
                    self.note("refreshes", session)
                self.hand([session["access_token"]])
            except OSError as error:
                session = None
                with self.lock:
                    self.wrong[f"a log-in or refresh: {error}"] += 1
            if self.over.wait(max(0, begun + PERIOD - time.monotonic())):
                return

    def note(self, what, session):
        with self.lock:
            setattr(self, what, getattr(self, what) + 1)
            self.by_key[kid_of(session["access_token"])] += 1

    def wait_for(self, kid):
        """Until there are so many more tokens of this key, each judged or about to be."""
        end, wanted = time.monotonic() + PATIENCE, self.by_key[kid] + ENOUGH
        while self.by_key[kid] < wanted:
            if time.monotonic() > end:
                with self.lock:
                    self.wrong[f"no {ENOUGH} tokens of the key {kid} in {PATIENCE} s"] += 1
                return
            time.sleep(0.05)

    def problems(self):
        return [f"{count} times {what}" for what, count in self.wrong.items()]
