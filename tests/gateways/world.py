"""The processes: a gateway, and what stands around it."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import urllib.parse
from dataclasses import dataclass
from pathlib import Path

from wire import ADMIN, GATEWAY, JOTLEASH, REDIS, Application, Recorder, ask, equal, until

ROOT = Path(__file__).resolve().parents[2]
BINARY = ROOT / "target/debug/jotleash"

IDENTITY = {
    "x-auth-subject", "x-auth-session", "x-auth-scope", "x-auth-roles",
    "x-auth-client", "x-auth-expires", "x-auth-token-id", "x-auth-liveness",
}


@dataclass
class Gateway:
    """How a gateway is started from a folder that holds its files, and the packages it needs."""

    packages: list
    files: list
    command: list
    sends_empty_headers: bool = True
    keeps_connections: bool = True


GATEWAYS = {
    "nginx": Gateway(
        ["nginx", "libnginx-mod-http-headers-more-filter"],
        ["nginx.conf"],
        ["nginx", "-c", "{folder}/nginx.conf", "-g", "daemon off;"],
        sends_empty_headers=False,
    ),
    "caddy": Gateway(
        ["caddy"],
        ["Caddyfile"],
        ["caddy", "run", "--adapter", "caddyfile", "--config", "{folder}/Caddyfile"],
    ),
    "haproxy": Gateway(
        ["haproxy"],
        ["haproxy.cfg", "haproxy.lua"],
        ["haproxy", "-db", "-f", "{folder}/haproxy.cfg"],
    ),
    "apache": Gateway(
        ["apache2", "lua-socket"],
        ["apache.conf", "apache.lua"],
        ["apache2", "-D", "FOREGROUND", "-f", "{folder}/apache.conf", "-c", "LuaRoot {folder}"],
        keeps_connections=False,
    ),
}


class World:
    """What stands around a gateway: Redis, jotleash, and an application."""

    def __init__(self, scratch):
        self.scratch = scratch
        scratch.chmod(0o755)

    def __enter__(self):
        self.application = self.redis = self.jotleash = None
        try:
            self.set_up()
        except BaseException:
            self.__exit__()
            raise
        return self

    def set_up(self):
        self.application = Application()
        self.start_redis()
        self.start_jotleash()
        secrets = self.scratch / "data/dev.env"
        until(lambda: listens(ADMIN) and secrets.exists() and "JOTLEASH_ISSUER=" in secrets.read_text(), True)
        lines = secrets.read_text().splitlines()
        self.env = {name: value.strip("'\"") for name, value in (line.split("=", 1) for line in lines if "=" in line)}
        for name, roles in [("ann", ["editor", "viewer"]), ("bob", [])]:
            self.admin("POST", "/v1/admin/users", {"username": name, "password": f"{name}'s long password", "roles": roles})
        self.keepsake = self.log_in()

    def __exit__(self, *_):
        for child in filter(None, [self.jotleash, self.redis]):
            stop(child)
        if self.application:
            self.application.stop()

    def start_redis(self):
        self.redis = start(
            ["redis-server", "--port", str(REDIS), "--bind", "127.0.0.1", "--dir", str(self.scratch),
             "--appendonly", "yes", "--maxmemory-policy", "noeviction"], REDIS)

    def stop_redis(self):
        stop(self.redis)

    def start_jotleash(self):
        env = {name: value for name, value in os.environ.items() if not name.startswith("JOTLEASH_")}
        env["JOTLEASH_STORE"] = f"redis://127.0.0.1:{REDIS}/0"
        self.jotleash = start([str(BINARY), "serve", "--dev"], JOTLEASH, cwd=self.scratch, env=env)

    def stop_jotleash(self):
        stop(self.jotleash)

    @contextlib.contextmanager
    def behind(self, gateway, folder):
        self.gateway = gateway
        child = start([word.format(folder=folder) for word in gateway.command], GATEWAY)
        try:
            yield
        finally:
            stop(child)

    @contextlib.contextmanager
    def paused(self, child):
        child.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            child.send_signal(signal.SIGCONT)

    @contextlib.contextmanager
    def in_place_of_jotleash(self):
        self.stop_jotleash()
        other = Recorder(JOTLEASH)
        try:
            yield other
        finally:
            other.stop()
            self.start_jotleash()

    def seen_as(self, who, what, query=""):
        """The application saw what jotleash itself tells, and no other identity header."""
        told = [(name, value) for name, value in who.identity(query) if value or self.gateway.sends_empty_headers]
        equal(self.application.last.identity(), told, f"the identity, {what}")

    def log_in(self, name="ann", **more):
        answer = self.try_log_in(name, **more)
        equal(answer.status, 200, "log-in")
        return Login(json.loads(answer.body)["access_token"])

    def log_in_status(self):
        return self.try_log_in("ann").status

    def try_log_in(self, name, **more):
        body = {"username": name, "password": f"{name}'s long password", **more}
        return ask("POST", "/v1/login", port=JOTLEASH, body=json.dumps(body).encode(),
                   headers=[("Content-Type", "application/json")])

    def admin(self, method, path, body=None):
        form = {"grant_type": "client_credentials", "audience": self.env["JOTLEASH_ISSUER"], "scope": "jotleash:admin",
                "client_id": self.env["JOTLEASH_ADMIN_CLIENT_ID"], "client_secret": self.env["JOTLEASH_ADMIN_CLIENT_SECRET"]}
        answer = ask("POST", "/oauth2/token", port=JOTLEASH, body=urllib.parse.urlencode(form).encode(),
                     headers=[("Content-Type", "application/x-www-form-urlencoded")])
        equal(answer.status, 200, "the admin's token")
        answer = ask(method, path, port=ADMIN, token=json.loads(answer.body)["access_token"],
                     body=json.dumps(body).encode() if body else None, headers=[("Content-Type", "application/json")])
        equal(answer.status in (200, 201, 204), True, f"{method} {path}: {answer.status} {answer.body}")


@dataclass
class Login:
    token: str

    def identity(self, query=""):
        """The eight headers, as jotleash itself tells them."""
        answer = ask("GET", f"/verify{query}", port=JOTLEASH, token=self.token)
        equal(answer.status, 200, "jotleash itself")
        told = sorted((n.lower(), v) for n, v in answer.headers.items() if n.lower().startswith("x-auth-"))
        equal({name for name, _ in told}, IDENTITY, "the headers of jotleash itself")
        return told

    def log_out(self):
        equal(ask("POST", "/v1/logout", port=JOTLEASH, token=self.token).status, 204, "log-out")


def start(command, port, **options):
    """A process that listens on a port. If it never does, what it said is shown."""
    with tempfile.TemporaryFile() as said:
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=said, stderr=said, start_new_session=True, **options)
        try:
            until(lambda: child.poll() is not None or listens(port), True)
            if child.returncode is None:
                return child
        except AssertionError:
            stop(child)
        said.seek(0)
        sys.exit(f"scripts/test-gateways: {' '.join(command)} does not listen on {port}:\n{said.read().decode(errors='replace')}")


def stop(child):
    """Its helpers too: they are in its process group."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()


def listens(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
