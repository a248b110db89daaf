"""A service that takes jotleash's access tokens: it verifies each by itself, then asks whether it
is still alive. README.md says how to run it.
"""

import os
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import jwt

from live_by_redis import live_by_redis
from live_by_verify import live_by_verify

URL = os.environ["JOTLEASH_URL"]
ISSUER = os.environ["JOTLEASH_ISSUER"]
AUDIENCE = os.environ["JOTLEASH_AUDIENCE"]
HOST, PORT = os.environ.get("LISTEN", "127.0.0.1:3000").split(":")

KEYS = jwt.PyJWKClient(f"{URL}/.well-known/jwks.json", timeout=5)
IS_LIVE = live_by_redis(os.environ["REDIS_URL"]) if "REDIS_URL" in os.environ else live_by_verify(URL, AUDIENCE)


def check(token):
    """The claims of a token that is right and alive, or None. Raises when nobody can say."""
    try:
        checked = jwt.decode_complete(
            token,
            KEYS.get_signing_key_from_jwt(token),
            algorithms=["ES256"],
            issuer=ISSUER,
            audience=AUDIENCE,
            options={"require": ["iss", "aud", "exp", "jti"]},
        )
    except jwt.PyJWKClientConnectionError:
        raise  # no keys: that says nothing about the token
    except jwt.PyJWTError:
        return None
    claims = checked["payload"]
    if checked["header"].get("typ") != "at+jwt" or not IS_LIVE(token, claims["jti"]):
        return None
    return claims


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        scheme, _, token = self.headers.get("Authorization", "").partition(" ")
        try:
            claims = check(token) if scheme.lower() == "bearer" else None
        except Exception as error:
            print(error, file=sys.stderr)
            return self.answer(503, {"Retry-After": "1"})
        if claims is None:
            return self.answer(401, {"WWW-Authenticate": "Bearer"})
        return self.answer(200, {}, f"Hello {claims['sub']}\n".encode())

    def answer(self, status, headers, body=b""):
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


server = ThreadingHTTPServer((HOST, int(PORT)), Handler)
print(f"listening on http://{HOST}:{server.server_port}", flush=True)
server.serve_forever()
