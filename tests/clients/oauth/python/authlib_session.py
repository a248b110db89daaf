"""Authlib: OAuth2Session for the endpoints, JWTBearerTokenValidator (RFC 9068) for the tokens."""

import requests
from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc9068 import JWTBearerTokenValidator
from joserfc.jwk import KeySet

from session import ENV, METADATA, log_in, step


class Validator(JWTBearerTokenValidator):
    def get_jwks(self):
        return KeySet.import_key_set(requests.get(METADATA["jwks_uri"], timeout=10).json())


def check(method):
    def say(name, right):
        step("Authlib", f"{name}, {method}", right)

    session = OAuth2Session(ENV.client_id, ENV.client_secret, token_endpoint_auth_method=method,
                            revocation_endpoint_auth_method=method)
    endpoint = METADATA["token_endpoint"]
    granted = session.fetch_token(endpoint, grant_type="client_credentials", resource=ENV.audience)
    say("client credentials", granted["scope"] == "read write")

    opened = log_in()
    refreshed = session.refresh_token(endpoint, refresh_token=opened["refresh_token"])
    say("refresh", refreshed["refresh_token"] != opened["refresh_token"])

    validator = Validator(issuer=ENV.issuer, resource_server=ENV.audience)
    claims = validator.authenticate_token(refreshed["access_token"])
    validator.validate_token(claims, ["read"], None)
    say("JWTBearerTokenValidator", claims["sub"] == ENV.username)

    def introspect(token):
        answer = session.introspect_token(METADATA["introspection_endpoint"], token=token)
        assert answer.status_code == 200, answer.status_code
        return answer.json()

    say("introspection", introspect(refreshed["access_token"])["jti"] == claims["jti"])
    answer = session.revoke_token(METADATA["revocation_endpoint"], token=refreshed["refresh_token"],
                                  token_type_hint="refresh_token")
    assert answer.status_code == 200, answer.status_code
    say("revocation", introspect(refreshed["access_token"]) == {"active": False})
    try:
        session.refresh_token(endpoint, refresh_token=refreshed["refresh_token"])
        error = None
    except OAuthError as refused:
        error = refused.error
    say("refresh after that", error == "invalid_grant")


check("client_secret_basic")
check("client_secret_post")
