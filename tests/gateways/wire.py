"""What is sent, and what arrives: a client that changes nothing, and servers that remember."""

import contextlib
import hashlib
import http.client
import json
import re
import socket
import threading
import time
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

GATEWAY, JOTLEASH, ADMIN, APPLICATION, REDIS = 8000, 8080, 9090, 3000, 6390
PORTS = [GATEWAY, JOTLEASH, ADMIN, APPLICATION, REDIS]

# Only a process that hangs runs into these; a slow one does not.
PATIENCE = 60


@dataclass
class Answer:
    status: int
    headers: http.client.HTTPMessage
    body: bytes


def ask(method, target, token=None, headers=(), body=None, port=GATEWAY, connection=None):
    """Sends just this: no header is joined, sorted or spelt anew. A body that is no bytes is sent in chunks."""
    own = connection or http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    own.putrequest(method, target)
    if token:
        own.putheader("Authorization", f"Bearer {token}")
    for name, value in headers:
        own.putheader(name, value)
    chunked = body is not None and not isinstance(body, bytes)
    if chunked:
        own.putheader("Transfer-Encoding", "chunked")
    elif body is not None:
        own.putheader("Content-Length", str(len(body)))
    # A gateway may refuse before it has read all of the body, and close.
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        own.endheaders(body, encode_chunked=chunked)
    answer = own.getresponse()
    result = Answer(answer.status, answer.headers, answer.read())
    if not connection:
        own.close()
    return result


@dataclass
class Seen:
    """A request as it arrived."""

    method: str
    target: str
    headers: list
    length: int
    digest: str
    connection: tuple

    def values(self, name):
        return [value for found, value in self.headers if found.lower() == name]

    def identity(self):
        """All that a framework could take for an identity header."""
        named = re.compile(r"x[^a-z0-9]auth[^a-z0-9]")
        return sorted((name.lower(), value) for name, value in self.headers if named.match(name.lower()))


class Recorder:
    """An HTTP server that remembers what it was asked, and answers as it is told: (status, headers), or not at all."""

    def __init__(self, port):
        self.answer = (200, {})
        self.seen = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def __getattr__(self, name):
                if name.startswith("do_"):
                    return lambda: outer.respond(self)
                raise AttributeError(name)

            def log_message(self, *_):
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 200
            connections = set()

            def process_request(self, request, address):
                self.connections.add(request)
                super().process_request(request, address)

            def shutdown_request(self, request):
                self.connections.discard(request)
                super().shutdown_request(request)

            def handle_error(self, *_):
                pass

        self.server = Server(("127.0.0.1", port), Handler)
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    @property
    def last(self):
        return self.seen[-1]

    def reached(self):
        return len(self.seen)

    def forget(self):
        self.seen.clear()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
        for connection in list(self.server.connections):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def respond(self, handler):
        body = body_of(handler)
        digest = hashlib.sha256(body).hexdigest()
        seen = Seen(handler.command, handler.path, handler.headers.items(), len(body), digest, handler.client_address)
        self.seen.append(seen)
        self.reply(handler)

    def reply(self, handler):
        if self.answer is None:
            handler.close_connection = True
            return
        self.send(handler, *self.answer)

    def send(self, handler, status, headers, body=b""):
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        if handler.command != "HEAD":
            handler.wfile.write(body)


class Application(Recorder):
    """Answers 200; /status/N with N; and a WebSocket handshake, after which it echoes a line."""

    def __init__(self):
        super().__init__(APPLICATION)

    def reply(self, handler):
        if handler.headers.get("Upgrade", "").lower() == "websocket":
            handler.send_response(101)
            handler.send_header("Connection", "Upgrade")
            handler.send_header("Upgrade", "websocket")
            handler.send_header("Sec-WebSocket-Accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
            handler.end_headers()
            handler.wfile.write(handler.rfile.readline())
            handler.close_connection = True
            return
        if asked := re.fullmatch(r"/status/(\d+)", handler.path):
            self.send(handler, int(asked[1]), {}, b"the application's own")
            return
        self.send(handler, 200, {}, json.dumps(handler.headers.items()).encode())


def body_of(handler):
    if handler.headers.get("Transfer-Encoding", "").lower() != "chunked":
        return handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
    body = b""
    while size := int(handler.rfile.readline().split(b";")[0], 16):
        body += handler.rfile.read(size)
        handler.rfile.readline()
    while handler.rfile.readline().strip():
        pass
    return body


def equal(found, expected, what):
    if found != expected:
        raise AssertionError(f"{what}: {found!r}, not {expected!r}")


def until(found, expected):
    """Asks again until the answer is the expected one."""
    end = time.monotonic() + PATIENCE
    while (last := found()) != expected:
        equal(time.monotonic() < end, True, f"still {last!r} and not {expected!r} in time")
        time.sleep(0.02)
