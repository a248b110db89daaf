from judge import judge

# snippet:verify
import os

import jwt

ALGORITHM = os.environ["ALGORITHM"]  # ES256, the default
ISSUER = os.environ["ISSUER"]
AUDIENCE = os.environ["AUDIENCE"]
KEYS = jwt.PyJWKClient(os.environ["JWKS_URL"])  # kept for 5 minutes


def verify(token):
    checked = jwt.decode_complete(
        token,
        KEYS.get_signing_key_from_jwt(token),
        algorithms=[ALGORITHM],
        issuer=ISSUER,
        audience=AUDIENCE,
        options={"require": ["iss", "aud", "exp"]},
    )
    if checked["header"].get("typ") != "at+jwt":
        raise jwt.InvalidTokenError("not an access token")
    return checked["payload"]
# snippet:end


judge(verify)
