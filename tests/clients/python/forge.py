"""Signs what jotleash never would, with jotleash's own key, to see that verifiers refuse it.

Reads {"token", "key": the private key's PEM} as JSON, writes {name: a token that is wrong in one way}.
"""

import json
import sys
import time

import jwt
from cryptography.hazmat.primitives import hashes, hmac, serialization

given = json.load(sys.stdin)
header = jwt.get_unverified_header(given["token"])
claims = jwt.decode(given["token"], options={"verify_signature": False})
key = serialization.load_pem_private_key(given["key"].encode(), None)
public = key.public_key().public_bytes(
    serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
)


def signed(changes, **headers):
    kept = {name: value for name, value in {**claims, **changes}.items() if value is not None}
    return jwt.encode(kept, key, header["alg"], headers={**header, **headers})


def unsigned(algorithm):
    """The token's claims under a header with this algorithm, ready to be signed."""
    parts = jwt.encode(claims, key, header["alg"], headers=header).split(".")
    parts[0] = jwt.utils.base64url_encode(json.dumps({**header, "alg": algorithm}).encode()).decode()
    return f"{parts[0]}.{parts[1]}"


def by_public_key():
    """HS256 with the public key as the secret: for a verifier that lets the token choose."""
    text = unsigned("HS256")
    mac = hmac.HMAC(public, hashes.SHA256())
    mac.update(text.encode())
    return f"{text}.{jwt.utils.base64url_encode(mac.finalize()).decode()}"


def tampered():
    """Other claims under the signature of the good token."""
    head, _, signature = given["token"].split(".")
    return f"{head}.{signed({'sub': 'admin'}).split('.')[1]}.{signature}"


json.dump({
    "another issuer": signed({"iss": "https://elsewhere.example"}),
    "no issuer": signed({"iss": None}),
    "no audience": signed({"aud": None}),
    "expired": signed({"exp": int(time.time()) - 1}),
    "no exp": signed({"exp": None}),
    "another typ": signed({}, typ="JWT"),
    "unknown key": signed({}, kid="unknown"),
    "tampered": tampered(),
    "unsigned": f"{unsigned('none')}.",
    "HS256": by_public_key(),
    # This one is right in every way but for the store: only its digest tells.
    "other claims": signed({"scope": "read write admin"}),
}, sys.stdout)
