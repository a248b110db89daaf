from judge import judge

# snippet:verify
import functools
import json
import os
import time
from urllib.request import urlopen

from authlib.oauth2.rfc6750 import InvalidTokenError
from authlib.oauth2.rfc9068 import JWTBearerTokenValidator

ALGORITHM = os.environ["ALGORITHM"]  # ES256, the default


@functools.lru_cache(maxsize=1)
def keys(five_minutes):
    with urlopen(os.environ["JWKS_URL"], timeout=5) as answer:
        return json.load(answer)


class Validator(JWTBearerTokenValidator):
    def get_jwks(self):
        return keys(time.time() // 300)


# In Flask or Django: require_oauth.register_token_validator(VALIDATOR)
VALIDATOR = Validator(os.environ["ISSUER"], os.environ["AUDIENCE"])


def verify(token):
    checked = VALIDATOR.authenticate_token(token)
    if checked.header.get("alg") != ALGORITHM:  # it takes any algorithm of the key
        raise InvalidTokenError("another algorithm")
    VALIDATOR.validate_token(checked, scopes=None, request=None)
    return checked
# snippet:end


judge(verify)
