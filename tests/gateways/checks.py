"""What must hold behind every gateway: each check is told by its docstring, and fails by an exception."""

import contextlib
import hashlib
import http.client
import os
import socket
import threading

from wire import GATEWAY, PATIENCE, Application, ask, equal, until

FORGED = [
    ("X-Auth-Subject", "root"), ("X-Auth-Roles", "jotleash-admin"), ("x-auth-anything", "1"),
    ("X_Auth_Subject", "root"), ("x_auth-roles", "admin"), ("X-AUTH_Session", "1"), ("X-Auth-Liveness", "live"),
]


def no_token(world):
    "no token: 401, and the application is not reached"
    for method in ["GET", "HEAD", "POST", "OPTIONS", "DELETE"]:
        answer = ask(method, "/x", body=b"some" if method == "POST" else None)
        equal(answer.status, 401, method)
        equal(answer.headers["WWW-Authenticate"], 'Bearer realm="jotleash"', method)
    answer = ask("GET", "/x", token="no.such.token")
    equal(answer.status, 401, "a bad token")
    found = answer.headers["WWW-Authenticate"]
    equal('error="invalid_token"' in found, True, found)
    equal(world.application.reached(), 0, "requests at the application")


def live_token(world):
    "live token: 200, and exactly the eight headers"
    ann = world.log_in()
    for method in ["GET", "HEAD", "OPTIONS", "DELETE"]:
        equal(ask(method, "/x", token=ann.token).status, 200, method)
        seen = world.application.last
        equal(seen.method, method, "the method")
        world.seen_as(ann, method)


def forged_headers(world):
    "forged X-Auth-…: never reach the application"
    ann = world.log_in()
    equal(ask("GET", "/x", headers=FORGED).status, 401, "without a token")
    equal(world.application.reached(), 0, "requests at the application")
    equal(ask("GET", "/x", token=ann.token, headers=FORGED).status, 200, "with a token")
    world.seen_as(ann, "with a token")


def headers_named_by_connection(world):
    "Connection: X-Auth-…: takes no identity away"
    ann = world.log_in()
    for value in ["close, X-Auth-Roles", "x-auth-subject", "keep-alive, x_auth_roles, X-AUTH-LIVENESS"]:
        answer = ask("GET", "/x", token=ann.token, headers=[("Connection", value)])
        if answer.status != 400:
            equal(answer.status, 200, value)
            world.seen_as(ann, value)


def one_connection(world):
    "a kept connection: each request for itself"
    ann, bob = world.log_in(), world.log_in("bob")
    connection = http.client.HTTPConnection("127.0.0.1", GATEWAY, timeout=PATIENCE)
    for who in [ann, None, bob, None, ann]:
        answer = ask("GET", "/x", token=who and who.token, connection=connection)
        equal(answer.status, 200 if who else 401, "the status")
        if who:
            world.seen_as(who, "the identity")
    connection.close()


def two_credentials(world):
    "two Authorization headers: 401"
    ann, bob = world.log_in(), world.log_in("bob")
    answer = ask("GET", "/x", token=ann.token, headers=[("Authorization", f"Bearer {bob.token}")])
    equal(answer.status in (400, 401), True, f"{answer.status} is 400 or 401")
    equal(world.application.reached(), 0, "requests at the application")


def target_unchanged(world):
    "path and query: unchanged, and no say in the check"
    target = "/files/a%2Fb%20c;v=1,2/%C3%A4/~u@x:y'!?audience=cart&audience=x&scope=zz&q=%26%3D+1&&e=%2e%2E"
    equal(ask("GET", target, token=world.log_in().token).status, 200, "a token for web")
    equal(world.application.last.target, target, "the target")
    cart = world.log_in(audience="cart")
    for target in [target, "/x?audience=cart", "/x?audience=cart&scope=write", "/verify-for/cart/"]:
        equal(ask("GET", target, token=cart.token).status, 401, f"a token for cart at {target}")


def body_whole(world):
    "a POST's body: arrives whole, also chunked"
    ann = world.log_in()
    body = os.urandom(5_000_000)
    for chunked in [False, True]:
        sent = (body[at:at + 100_000] for at in range(0, len(body), 100_000)) if chunked else body
        equal(ask("POST", "/x", token=ann.token, body=sent).status, 200, f"{chunked=}")
        equal(world.application.last.method, "POST", "the method")
        equal(world.application.last.digest, hashlib.sha256(body).hexdigest(), f"the body, {chunked=}")


def other_audience(world):
    "another audience's token: 401, both ways"
    web, cart = world.log_in(), world.log_in(audience="cart")
    equal(ask("GET", "/x", token=cart.token).status, 401, "cart's at /x")
    equal(ask("GET", "/cart/x", token=web.token).status, 401, "web's at /cart/x")
    equal(world.application.reached(), 0, "requests at the application")
    equal(ask("GET", "/cartoon", token=web.token).status, 200, "web's at /cartoon")
    equal(ask("GET", "/cart/x", token=cart.token).status, 200, "cart's at /cart/x")
    world.seen_as(cart, "the identity", "?audience=cart")


def missing_scope(world):
    "a missing scope: 403"
    reader = world.log_in(audience="cart", scope="read")
    answer = ask("POST", "/cart/x", token=reader.token, body=b"x")
    equal(answer.status, 403, "the status")
    challenge = 'Bearer realm="jotleash", error="insufficient_scope", scope="write"'
    equal(answer.headers["WWW-Authenticate"], challenge, "the challenge")
    equal(world.application.reached(), 0, "requests at the application")


def path_in_disguise(world):
    "the protected path in disguise: no way round its check"
    web = world.log_in()
    for target in [
        "/cart", "/cart/", "/cart?x", "/%63art/x", "/c%61rt/x", "//cart/x", "/./cart/x", "/x/../cart/x", "/x/%2e%2e/cart/x",
        "/%2e/cart/x", "/x/..%2fcart/x", "/%2fcart/x", "/CART/x", "/cart;v=1/x", "/cart%2fx", "/cart%3bv/x",
        "http://127.0.0.1:3000/cart/x",
    ]:
        status = ask("GET", target, token=web.token).status
        equal((status, world.application.reached()) in [(s, 0) for s in (400, 401, 404)], True, f"{status} at {target}")


def log_out(world):
    "log-out: felt at the next request"
    ann = world.log_in()
    equal(ask("GET", "/x", token=ann.token).status, 200, "before")
    ann.log_out()
    equal(ask("GET", "/x", token=ann.token).status, 401, "after")
    equal(world.application.reached(), 1, "requests at the application")


def ban(world):
    "ban: felt at the next request"
    bob = world.log_in("bob")
    equal(ask("GET", "/x", token=bob.token).status, 200, "before")
    world.admin("POST", "/v1/admin/subjects/bob/ban", {"seconds": 600})
    equal(ask("GET", "/x", token=bob.token).status, 401, "after")
    world.admin("DELETE", "/v1/admin/subjects/bob/ban")
    equal(ask("GET", "/x", token=bob.token).status, 401, "after the ban")


def log_out_among_many(world):
    "log-out among 100 parallel requests: no 200 after it"
    ann = world.log_in()
    warm, ended = threading.Barrier(101, timeout=PATIENCE), threading.Event()
    found = []

    def client():
        try:
            equal(ask("GET", "/x", token=ann.token).status, 200, "before")
            warm.wait()
            after = False
            while not after:
                after = ended.is_set()
                found.append((after, ask("GET", "/x", token=ann.token).status))
        except Exception as problem:
            found.append((True, repr(problem)))
            warm.abort()

    threads = [threading.Thread(target=client) for _ in range(100)]
    for thread in threads:
        thread.start()
    with contextlib.suppress(threading.BrokenBarrierError):
        warm.wait()
        ann.log_out()
    ended.set()
    for thread in threads:
        thread.join()
    equal({status for after, status in found if after}, {401}, "after the log-out")
    equal({status for _, status in found} <= {200, 401}, True, "nothing but 200 and 401")


def web_socket(world):
    "WebSocket: upgraded with a token only, nothing else upgraded"
    handshake = [("Sec-WebSocket-Version", "13"), ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==")]
    upgrade = [("Connection", "Upgrade"), ("Upgrade", "websocket"), *handshake]
    equal(ask("GET", "/x", headers=upgrade).status, 401, "without a token")
    equal(world.application.reached(), 0, "requests at the application")
    ann = world.log_in()
    with socket.create_connection(("127.0.0.1", GATEWAY), timeout=PATIENCE) as raw:
        lines = [f"{name}: {value}" for name, value in [("Host", "a"), ("Authorization", f"Bearer {ann.token}"), *upgrade]]
        raw.sendall("\r\n".join(["GET /x HTTP/1.1", *lines, "", ""]).encode())
        stream = raw.makefile("rb")
        equal(stream.readline().split()[1], b"101", "the status with a token")
        while stream.readline().strip():
            pass
        raw.sendall(b"ping\n")
        equal(stream.readline(), b"ping\n", "the echo")
    world.seen_as(ann, "the identity")
    for offered in [["h2c"], ["h2c, websocket"], ["websocket, h2c"], ["h2c", "websocket"], ["websocket", "h2c"]]:
        world.application.forget()
        other = [*handshake, ("Connection", "Upgrade, HTTP2-Settings"), ("HTTP2-Settings", "AAMAAABkAAQAAP__")]
        status = ask("GET", "/x", token=ann.token, headers=other + [("Upgrade", name) for name in offered]).status
        equal(status in (101, 200, 400), True, f"{status} for {offered}")
        for seen in world.application.seen:
            equal(seen.values("upgrade") in ([], ["websocket"]), True, f"{seen.values('upgrade')} for {offered}")


def applications_own_errors(world):
    "the application's own 401, 403, 429, 500 and 503 stay its own"
    ann = world.log_in()
    for status in [401, 403, 429, 500, 503]:
        answer = ask("GET", f"/status/{status}", token=ann.token)
        equal((answer.status, answer.body), (status, b"the application's own"), "the answer")


def redis_out(world):
    "Redis hangs: 503; back: 200"
    ann = world.log_in()
    with world.paused(world.redis):
        equal(ask("GET", "/x", token=ann.token).status, 503, "while it hangs")
        equal(world.application.reached(), 0, "requests at the application")
    until(lambda: ask("GET", "/x", token=ann.token).status, 200)


def redis_gone(world):
    "Redis killed: 503; back: 200"
    world.stop_redis()
    try:
        equal(ask("GET", "/x", token=world.keepsake.token).status, 503, "while it is gone")
        equal(ask("GET", "/x").status, 401, "no token, which needs no Redis")
        equal(world.application.reached(), 0, "requests at the application")
    finally:
        world.start_redis()
    until(world.log_in_status, 200)
    until(lambda: ask("GET", "/x", token=world.log_in().token).status, 200)


def jotleash_slow(world):
    "jotleash hangs: 503; back: 200"
    ann = world.log_in()
    equal(ask("GET", "/x", token=ann.token).status, 200, "before")
    with world.paused(world.jotleash):
        for token in [ann.token, None]:
            equal(ask("GET", "/x", token=token).status, 503, "while it hangs")
        equal(world.application.reached(), 1, "requests at the application")
    until(lambda: ask("GET", "/x", token=ann.token).status, 200)


def jotleash_gone(world):
    "jotleash stopped: 503; back: 200"
    ann = world.log_in()
    equal(ask("GET", "/x", token=ann.token).status, 200, "before")
    world.stop_jotleash()
    try:
        for target in ["/x", "/cart/x"]:
            for token in [ann.token, None]:
                equal(ask("POST", target, token=token, body=b"x").status, 503, "while it is gone")
        equal(world.application.reached(), 1, "requests at the application")
    finally:
        world.start_jotleash()
    until(lambda: ask("GET", "/x", token=ann.token).status, 200)


def application_gone(world):
    "the application stopped: 502 or 503, and 401 without a token"
    ann = world.log_in()
    world.application.stop()
    try:
        answer = ask("GET", "/x", token=ann.token)
        equal(answer.status in (502, 503), True, f"{answer.status} is 502 or 503")
        equal(ask("GET", "/x").status, 401, "without a token")
    finally:
        world.application = Application()
    until(lambda: ask("GET", "/x", token=ann.token).status, 200)


# What jotleash will not do at a command needs somebody in its place.


def the_question(world):
    "the question: the request's own, without its body"
    with world.in_place_of_jotleash() as other:
        for method, body in [("POST", b"b" * 100_000), ("GET", None), ("HEAD", None), ("PUT", b"")]:
            target = "/a%2Fb/c?audience=x&q=%26"
            lies = [(f"X-Forwarded-{name}", "lie") for name in ["Method", "Uri", "Host", "Proto", "For"]]
            ask(method, target, token="the.client.sent", headers=lies, body=body)
            seen = other.last
            equal(seen.method, "GET", "the question's method")
            equal(seen.target, "/verify?audience=web", "the question's target")
            equal(seen.length, 0, "the length of the question's body")
            for name, value in [
                ("authorization", "Bearer the.client.sent"), ("x-forwarded-method", method), ("x-forwarded-uri", target),
                ("x-forwarded-host", f"127.0.0.1:{GATEWAY}"), ("x-forwarded-proto", "http"), ("x-forwarded-for", "127.0.0.1"),
            ]:
                equal(seen.values(name), [value], name)


def kept_connections(world):
    "kept connections: questions share them (Apache: each has its own)"
    with world.in_place_of_jotleash() as other:
        other.answer = (401, {})
        for _ in range(40):
            equal(ask("GET", "/x", token="a.b.c").status, 401, "the answer")
        connections = len({seen.connection for seen in other.seen})
        # Each worker of a gateway keeps its own.
        equal(connections < 40, world.gateway.keeps_connections, f"{connections} connections for 40 questions: shared")


def told_to_wait(world):
    "429: stays 429, with Retry-After"
    with world.in_place_of_jotleash() as other:
        other.answer = (429, {"Retry-After": "7"})
        answer = ask("GET", "/x", token="a.b.c")
        equal((answer.status, answer.headers["Retry-After"]), (429, "7"), "the answer")
    equal(world.application.reached(), 0, "requests at the application")


def odd_answers(world):
    "an answer that is none: never lets a request through"
    with world.in_place_of_jotleash() as other:
        for answer in [(302, {"Location": "/"}), (400, {}), (404, {}), (500, {}), (502, {}), (503, {}), None]:
            other.answer = answer
            for headers in [[], FORGED]:
                status = ask("GET", "/x", token="a.b.c", headers=headers).status
                expected = {302, 400, 404, 500, 502, 503} if answer and answer[0] != 503 else {503}
                equal(status in expected, True, f"{status} for {answer}")
        equal(world.application.reached(), 0, "requests at the application")
        other.answer = (200, {})
        if ask("GET", "/x", token="a.b.c", headers=FORGED).status == 200:
            told = {value for _, value in world.application.last.identity()}
            equal(told & {value for _, value in FORGED}, set(), "forged values, where none were told")


CHECKS = [
    no_token, live_token, forged_headers, headers_named_by_connection, one_connection, two_credentials,
    target_unchanged, body_whole, other_audience, missing_scope, path_in_disguise, log_out, ban,
    log_out_among_many, web_socket, applications_own_errors, redis_out, redis_gone, jotleash_slow,
    jotleash_gone, application_gone, the_question, kept_connections, told_to_wait, odd_answers,
]
