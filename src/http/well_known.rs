//! What others need to verify our tokens: the keys (RFC 7517) and the metadata (RFC 8414).

use actix_web::http::header::{
    ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_TYPE, ETAG, EntityTag, Header as _,
    IfNoneMatch,
};
use actix_web::{HttpRequest, HttpResponse, web};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::digest::{SHA256, digest};
use serde_json::{Value, json};

use super::error::Problem;
use super::{State, not_found};
use crate::sessions::{Sessions, TOKEN_EXCHANGE};

/// A public document that seldom changes.
#[derive(Debug)]
pub(super) struct Document {
    body: String,
    etag: EntityTag,
}

impl Document {
    pub(super) fn new(body: String) -> Self {
        let hash = digest(&SHA256, body.as_bytes());
        let tag = URL_SAFE_NO_PAD.encode(hash.as_ref());
        Self {
            body,
            etag: EntityTag::new_strong(tag),
        }
    }

    fn answer(&self, request: &HttpRequest) -> HttpResponse {
        let same = match IfNoneMatch::parse(request) {
            Ok(IfNoneMatch::Any) => request.headers().contains_key("if-none-match"),
            Ok(IfNoneMatch::Items(tags)) => tags.iter().any(|tag| tag.weak_eq(&self.etag)),
            Err(_) => false,
        };
        let mut answer = if same {
            HttpResponse::NotModified()
        } else {
            HttpResponse::Ok()
        };
        answer
            .insert_header((CACHE_CONTROL, "public, max-age=300"))
            .insert_header((ACCESS_CONTROL_ALLOW_ORIGIN, "*"))
            .insert_header((ETAG, self.etag.clone()));
        if same {
            return answer.finish();
        }
        answer
            .insert_header((CONTENT_TYPE, "application/json"))
            .body(self.body.clone())
    }
}

/// `GET /.well-known/jwks.json`
pub(super) async fn jwks(request: HttpRequest, state: web::Data<State>) -> HttpResponse {
    // Made anew: the keys change while the service runs.
    Document::new(state.sessions.jwks()).answer(&request)
}

/// `GET /.well-known/oauth-authorization-server` and `/.well-known/openid-configuration`
pub(super) async fn metadata(request: HttpRequest, state: web::Data<State>) -> HttpResponse {
    state.metadata.answer(&request)
}

/// `GET /.well-known/oauth-authorization-server/{path}`: where the metadata of an issuer with a path
/// is looked for (RFC 8414, section 3.1).
pub(super) async fn metadata_of_path(
    request: HttpRequest,
    state: web::Data<State>,
) -> Result<HttpResponse, Problem> {
    let path = path_of(state.sessions.policy().issuer());
    if path.is_some() && path == request.match_info().get("path") {
        return Ok(state.metadata.answer(&request));
    }
    Err(not_found().await)
}

/// The path of an issuer, without the slash before it.
fn path_of(issuer: &str) -> Option<&str> {
    let (_, after_scheme) = issuer.split_once("://")?;
    after_scheme.split_once('/').map(|(_, path)| path)
}

/// The metadata. It lists what is there, and nothing else.
pub(super) fn describe(sessions: &Sessions) -> String {
    let policy = sessions.policy();
    let issuer = policy.issuer();
    let secret = ["client_secret_basic", "client_secret_post"];
    let public_too = ["client_secret_basic", "client_secret_post", "none"];
    let mut metadata = json!({
        "issuer": issuer,
        "jwks_uri": format!("{issuer}/.well-known/jwks.json"),
        "token_endpoint": format!("{issuer}/oauth2/token"),
        "token_endpoint_auth_methods_supported": public_too,
        "grant_types_supported": ["client_credentials", "refresh_token", TOKEN_EXCHANGE],
        "introspection_endpoint": format!("{issuer}/oauth2/introspect"),
        "introspection_endpoint_auth_methods_supported": secret,
        "introspection_signing_alg_values_supported": [sessions.algorithm()],
        "revocation_endpoint": format!("{issuer}/oauth2/revoke"),
        "revocation_endpoint_auth_methods_supported": public_too,
        "response_types_supported": [],
    });
    let scopes = policy.scopes();
    // What would be empty is left out (RFC 8414, section 3.2), but for what is required.
    if let Value::Object(members) = &mut metadata
        && !scopes.is_empty()
    {
        members.insert("scopes_supported".to_owned(), scopes.names().collect());
    }
    metadata.to_string()
}
