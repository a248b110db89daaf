"""A rotation and a retirement under load, on two instances, beside verifiers that keep their keys."""

import concurrent.futures
import json
import subprocess
import sys
import time

from judges import Clock, Instance, Judges, Verifier
from load import WORKERS, Load
from places import ROOT
from processes import environment, print_table
from repeats import Repeats
from service import ROTATION_DATABASE, Service, kid_of
from verifiers import LIBRARIES

# Longer than the 30 s within which jose and PyJWT do not fetch the keys again for a `kid` that they
# do not know; and tokens that outlive the ten minutes for which a verifier keeps its keys.
SETTINGS = """
[keys]
publish_before = "32s"

[[client]]
id = "till"
audiences = ["till"]

[[audience]]
name = "till"
login_client = "till"
access_ttl = "1h"
"""
AUDIENCE = "till"

# Which instance it has its keys from, and for how many minutes it keeps them, by its own defaults.
VERIFIERS = {("Node", "jose"): (1, 10), ("Python", "PyJWT"): (2, 5), ("Node", "jsonwebtoken, jwks-rsa"): (1, 10)}

RETIRED, FIVE, TEN = "old key after retire", "5 min later", "10 min later"
COLUMNS = ["old key", "new key", RETIRED, FIVE, TEN]


def test_rotation(running, redis):
    """How many there were to judge, and what is wrong with what they said."""
    begun = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(4 * WORKERS) as pool:
        turnover = Turnover(running, redis, pool)
        judges, load = turnover.judges, turnover.load
        with load:
            turnover.rotate()
            turnover.retire()
            turnover.outlive()
    print_table(*judges.table(COLUMNS))
    print(f"rotation: {load.log_ins} log-ins and {load.refreshes} refreshes at two instances, "
          f"{sum(judges.verdicts.values())} verdicts, {turnover.repeats.count} times asked again after a 503, "
          f"{time.monotonic() - begun:.0f} s\n")
    problems = turnover.problems + load.problems() + judges.problems(COLUMNS)
    return len(judges.judges), [f"rotation: {problem}" for problem in problems]


class Turnover:
    """All that happens to the keys of two instances, in turn."""

    def __init__(self, running, redis, pool):
        self.running, self.clock, self.repeats, self.problems = running, Clock(running), Repeats(), []
        first = Service(running, redis, ROTATION_DATABASE, "ES256", SETTINGS)
        self.instances = [first, Service(running, redis, ROTATION_DATABASE, "ES256", SETTINGS, twin=first)]
        # Their tokens are of the old key as long as they are not refreshed.
        self.resting = [self.log_in(self.instances[which % 2]) for which in range(16)]
        self.old_tokens = [session["access_token"] for session in self.resting]
        self.old = kid_of(self.old_tokens[0])
        checks = [Instance(service, which, AUDIENCE, self.repeats) for which, service in enumerate(self.instances, 1)]
        self.judges = Judges(pool, checks, self.old)
        self.judges.add(self.verifiers("before the rotation"))
        self.load = Load(self.instances, AUDIENCE, self.judges.hand, self.repeats)

    def verifiers(self, started):
        return [Verifier(self.running, library, keeps, self.instances[which - 1], which, AUDIENCE, self.clock, started)
                for library in LIBRARIES if (library.language, library.name) in VERIFIERS
                for which, keeps in [VERIFIERS[library.language, library.name]]]

    def rotate(self):
        """From the old key to the new one, and nobody refuses anything."""
        self.load.wait_for(self.old)
        new = self.keys_command(self.instances[0], "rotate")
        self.new = new["kid"]
        time.sleep(3)
        for which, service in enumerate(self.instances, 1):
            if service.published() != {self.old, self.new}:
                self.problems.append(f"instance {which} published {service.published()} 3 s after the rotation")
        self.hand_old_ones_until(new["active_from"] - 10)
        # Having fetched the keys so late, they do not do so again when the new one first signs.
        self.judges.add(self.verifiers("meanwhile"))
        self.hand_old_ones_until(new["active_from"])
        self.load.wait_for(self.new)
        self.judges.hand(self.old_tokens)

    def hand_old_ones_until(self, moment):
        while time.time() < moment:
            self.judges.hand(self.old_tokens[:4])
            time.sleep(0.5)

    def retire(self):
        """The instances refuse the old key from the answer on; who keeps keys keeps it; the sessions go on."""
        self.keys_command(self.instances[1], "retire", self.old)
        for _ in range(3):
            self.judges.hand(self.old_tokens, RETIRED, lambda judge: judge.keeps_minutes)
        for which, session in enumerate(self.resting):
            token = self.refresh(self.instances[(which + 1) % 2], session)["access_token"]
            if kid_of(token) != self.new:
                self.problems.append("a refresh after the retirement gave a token of the old key")
            self.judges.hand([token])

    def outlive(self):
        """Who keeps keys refuses the old one when he has fetched them again, and not before."""
        for minutes, column in ((5, FIVE), (10, TEN)):
            self.clock.set_ahead(60 * minutes)
            # Few: jwks-rsa fetches ten times a minute, and beyond that refuses good tokens too.
            self.judges.hand(self.old_tokens[:4], column, lambda judge: judge.keeps_minutes > minutes)
            self.load.wait_for(self.new)

    def log_in(self, service):
        return self.repeats.ask(lambda: service.log_in(AUDIENCE))

    def refresh(self, service, session):
        return self.repeats.ask(lambda: service.refresh(session))

    def keys_command(self, service, *words):
        """`jotleash keys …`, as an operator runs it."""
        command = [str(ROOT / "target/debug/jotleash"), "keys", *words, "--json",
                   "--profile", str(service.folder / "data/dev.env")]

        def question():
            run = subprocess.run(command, env=environment(), capture_output=True, text=True)
            # It ends with 5 where the service answers 503.
            return 503 if run.returncode == 5 else run

        run = self.repeats.ask(question)
        if run.returncode:
            sys.exit(f"scripts/test-clients: failed: {' '.join(command)}\n{run.stderr}")
        return json.loads(run.stdout)
