from judge import judge

# snippet:verify
import functools
import json
import os
import time
from urllib.request import urlopen

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

ALGORITHM = os.environ["ALGORITHM"]  # ES256, the default
RULES = jwt.JWTClaimsRegistry(
    iss={"essential": True, "value": os.environ["ISSUER"]},
    aud={"essential": True, "value": os.environ["AUDIENCE"]},
    exp={"essential": True},
)


@functools.lru_cache(maxsize=1)
def keys(five_minutes):
    with urlopen(os.environ["JWKS_URL"], timeout=5) as answer:
        return KeySet.import_key_set(json.load(answer))


def verify(token):
    checked = jwt.decode(token, keys(time.time() // 300), algorithms=[ALGORITHM])
    RULES.validate(checked.claims)
    if checked.header.get("typ") != "at+jwt":
        raise JoseError("not an access token")
    return checked.claims
# snippet:end


judge(verify)
