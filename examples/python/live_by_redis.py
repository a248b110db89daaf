# snippet:redis
import base64
import hashlib

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry


def live_by_redis(url):
    """Asks Redis: True for alive, False for dead; raises when nobody can say."""
    client = redis.Redis.from_url(
        url,
        socket_connect_timeout=1,
        socket_timeout=1,
        retry=Retry(NoBackoff(), 0),  # by default it tries three times more, and waits
    )

    def is_live(token, jti):
        slot, _, tail = jti.partition(".")
        return client.get(f"jl:{{{slot}}}:t:{tail}") == digest(token)

    return is_live


def digest(token):
    """What jotleash keeps of a token: the first 16 bytes of SHA-256 of its header and payload."""
    signed = token.rpartition(".")[0].encode()
    return base64.urlsafe_b64encode(hashlib.sha256(signed).digest()[:16]).rstrip(b"=")
# snippet:end
