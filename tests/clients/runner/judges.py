"""Who judges tokens while keys change: verifiers that keep running, and the instances themselves."""

import collections
import subprocess
import threading

from processes import environment, scratch_folder, spawn
from service import kid_of, status_of
from versions import version_of


class Instance:
    """`/verify` of an instance, which keeps nothing."""

    keeps_minutes = 0
    refusal = "refused: 401"

    def __init__(self, service, which, audience, repeats):
        self.repeats = repeats
        self.url = f"{service.url}/verify?audience={audience}"
        self.name = ["/verify", f"instance {which}", ""]

    def judge(self, token):
        status = self.repeats.ask(lambda: status_of(self.url, token))
        return "accepted" if status == 200 else f"refused: {status}"


class Verifier:
    """One of the programs of the table, kept running, and with it the keys that it has fetched."""

    refusal = "refused: "

    def __init__(self, running, library, keeps_minutes, service, which, audience, clock, started):
        self.keeps_minutes = keeps_minutes
        self.name = [f"{library.name} {version_of(library)}", f"instance {which}", started]
        self.turn = threading.Lock()
        self.process = spawn(
            running, [str(word) for word in library.command], stdin=subprocess.PIPE,
            env=environment(JWKS_URL=f"{service.url}/.well-known/jwks.json", ISSUER=service.issuer, AUDIENCE=audience,
                            ALGORITHM=service.algorithm, PYTHONUNBUFFERED="1", **clock.environment),
        )

    def judge(self, token):
        with self.turn:
            self.process.stdin.write(f"{token}\n")
            self.process.stdin.flush()
            return self.process.stdout.readline().strip() or "ended"


class Clock:
    """The clock by which verifiers live, ours until it is moved (libfaketime)."""

    def __init__(self, running):
        self.file = scratch_folder(running) / "clock"
        self.environment = {"LD_PRELOAD": "/usr/$LIB/faketime/libfaketimeMT.so.1", "FAKETIME_NO_CACHE": "1",
                            "FAKETIME_TIMESTAMP_FILE": str(self.file)}
        self.set_ahead(0)

    def set_ahead(self, seconds):
        # Replaced in one step: it is read at each look at the clock.
        coming = self.file.with_suffix(".coming")
        coming.write_text(f"+{seconds}\n")
        coming.rename(self.file)


def verdict_of(judge, token):
    try:
        return judge.judge(token)
    except OSError as error:
        return f"failed: {error}"


class Judges:
    """Each token goes to all of them at once. What they say is counted, and held to what they should."""

    def __init__(self, pool, judges, old):
        self.pool, self.judges, self.old = pool, judges, old
        self.lock = threading.Lock()
        # By the judge's place in the list, by column, by verdict.
        self.verdicts, self.wrong = collections.Counter(), collections.Counter()

    def add(self, judges):
        self.judges = [*self.judges, *judges]

    def hand(self, tokens, column=None, accepts=lambda judge: True):
        """A column is the one of the token's key, if it is not said."""
        asked = [(token, who, judge, self.pool.submit(verdict_of, judge, token))
                 for token in tokens for who, judge in enumerate(self.judges)]
        for token, who, judge, verdict in asked:
            said, right = verdict.result(), "accepted" if accepts(judge) else judge.refusal
            entry = who, column or ("old key" if kid_of(token) == self.old else "new key"), said
            with self.lock:
                self.verdicts[entry] += 1
                self.wrong[entry] += not said.startswith(right)

    def count(self, who, column, accepted):
        return sum(count for (judge, where, said), count in self.verdicts.items()
                   if judge == who and where == column and (said == "accepted") == accepted)

    def table(self, columns):
        def cell(who, column):
            counts = {"accepted": self.count(who, column, True), "refused": self.count(who, column, False)}
            return ", ".join(f"{count} {what}" for what, count in counts.items() if count)

        head = ["verifier", "keys of", "started", *columns]
        return head, [[*judge.name, *(cell(who, column) for column in columns)]
                      for who, judge in enumerate(self.judges)]

    def problems(self, columns):
        """What was wrong, and whoever did not get to see something."""
        names = [", ".join(filter(None, judge.name)) for judge in self.judges]
        wrong = [f"{names[who]}: {column}: {count} times {said!r}"
                 for (who, column, said), count in self.wrong.items() if count]
        unseen = [f"{name}: {column}: no token was judged" for who, name in enumerate(names) for column in columns
                  if not self.count(who, column, True) + self.count(who, column, False)]
        return wrong + unseen
