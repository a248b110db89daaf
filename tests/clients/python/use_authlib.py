from judge import judge

# snippet:verify
import functools
import json
import os
import time
from urllib.request import urlopen

from authlib.oauth2.rfc6750 import InvalidTokenError
from authlib.oauth2.rfc9068 import JWTBearerTokenValidator
from authlib.oauth2.rfc9068.claims import JWTAccessTokenClaims
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

ALGORITHM = os.environ["ALGORITHM"]  # ES256, the default


@functools.lru_cache(maxsize=1)
def keys(five_minutes):
    with urlopen(os.environ["JWKS_URL"], timeout=5) as answer:
        return KeySet.import_key_set(json.load(answer))


class Validator(JWTBearerTokenValidator):
    # The class's own method cannot be told the algorithm: the token chooses, and EdDSA is refused.
    def authenticate_token(self, token_string):
        try:
            token = jwt.decode(token_string, keys(time.time() // 300), algorithms=[ALGORITHM])
        except JoseError as error:
            raise InvalidTokenError() from error
        if token.header.get("typ") != "at+jwt":
            raise InvalidTokenError("not an access token")
        rules = {
            "iss": {"essential": True, "value": self.issuer},
            "aud": {"essential": True, "value": self.resource_server},
            "exp": {"essential": True},
        }
        return JWTAccessTokenClaims(token.claims, token.header, rules)


# In Flask or Django: require_oauth.register_token_validator(VALIDATOR)
VALIDATOR = Validator(os.environ["ISSUER"], os.environ["AUDIENCE"])


def verify(token):
    checked = VALIDATOR.authenticate_token(token)
    VALIDATOR.validate_token(checked, scopes=None, request=None)
    return checked
# snippet:end


judge(verify)
