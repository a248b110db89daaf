"""The services that also ask for liveness, while sessions end and while Redis does not answer."""

import concurrent.futures
import sys
import time

from places import BIN, PYTHON, ROOT, SCRATCH
from processes import environment, last_words, line_of, print_table, spawn
from service import AUDIENCE, EXAMPLES_DATABASE, Service, status_of

CHECKER = "a-password-of-the-test"

EXAMPLES = {
    "Node": ["node", SCRATCH / "example-node/service.js"],
    "Python": [PYTHON, ROOT / "examples/python/service.py"],
    "Go": [BIN / "example"],
}


def test_examples(running, redis):
    """How many services were tried, and what is wrong with them."""
    service = Service(running, redis, EXAMPLES_DATABASE, "ES256")
    redis.cli("ACL", "SETUSER", "checker", "on", f">{CHECKER}", "resetkeys", "~jl:*:t:*", "+get", "+exists")
    examples = start_examples(running, service, redis)
    steps, problems, failed = {}, [], {}

    def ask(step, token, expected):
        with concurrent.futures.ThreadPoolExecutor(len(examples)) as pool:
            said = dict(zip(examples, pool.map(lambda example: example.ask(token), examples.values())))
        steps[step] = said
        for key, status in said.items():
            if status != expected:
                problems.append(f"examples, {examples[key].name}, {step}: {status}, should be {expected}")
                failed[examples[key]] = True

    def result():
        words = [f"examples, {example.name} wrote: {last_words(example.process)}" for example in failed]
        return len(examples), problems + words

    good = service.log_in()["access_token"]
    forged = service.forge(good)
    ask("live", good, 200)
    ask("no token", None, 401)
    ask("another audience", service.log_in("web")["access_token"], 401)
    ask("expired", forged["expired"], 401)
    # The right key signed it, and its jti is alive: the digest alone refuses it.
    ask("other claims", forged["other claims"], 401)
    service.log_out(good)
    ask("logged out", good, 401)
    good = service.log_in()["access_token"]
    ask("live again", good, 200)
    if problems:
        return result()
    with redis.frozen():
        ask("Redis frozen", good, 503)
    for example in examples.values():
        example.wait_for(200, good)
    ask("thawed", good, 200)
    redis.stop()
    ask("Redis stopped", good, 503)
    service.stop()
    examples = start_examples(running, service, redis)
    ask("no keys", good, 503)
    print_table(["example", "liveness", *steps],
                [[*key, *(str(said[key]) for said in steps.values())] for key in examples])
    return result()


def start_examples(running, service, redis):
    """Each example, once for each way to ask."""
    settings = {"JOTLEASH_URL": service.url, "JOTLEASH_ISSUER": service.issuer, "JOTLEASH_AUDIENCE": AUDIENCE,
                "LISTEN": "127.0.0.1:0"}
    url = f"redis://checker:{CHECKER}@127.0.0.1:{redis.port}/{EXAMPLES_DATABASE}"
    ways = {"GET /verify": {}, "Redis GET": {"REDIS_URL": url}}
    return {(language, way): Example(running, f"{language} by {way}", command, {**settings, **more})
            for language, command in EXAMPLES.items() for way, more in ways.items()}


class Example:
    """One of the services in examples/."""

    def __init__(self, running, name, command, settings):
        self.name = name
        self.process = spawn(running, [str(word) for word in command], env=environment(**settings))
        self.url = line_of(self.process, r"listening on (http://\S+)")

    def ask(self, token):
        return status_of(self.url, token)

    def wait_for(self, status, token):
        """For what may take it a moment, such as connecting again; a minute is not a moment."""
        end = time.monotonic() + 60
        while (said := self.ask(token)) != status:
            if time.monotonic() > end:
                sys.exit(f"scripts/test-clients: {self.name} still answers {said}, should be {status}, "
                         f"and wrote: {last_words(self.process)}")
            time.sleep(0.05)
