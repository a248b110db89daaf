//! The `oauth2` crate: client credentials, refresh, introspection, revocation.

use std::env;

use oauth2::basic::{BasicClient, BasicTokenType};
use oauth2::reqwest::blocking::Client as Http;
use oauth2::{
    AccessToken, AuthType, ClientId, ClientSecret, IntrospectionUrl, RefreshToken, RevocationUrl,
    Scope, StandardRevocableToken, TokenIntrospectionResponse, TokenResponse, TokenUrl,
};
use serde_json::Value;

fn main() {
    let http = Http::builder().no_proxy().build().unwrap();
    for (name, auth) in [
        ("client_secret_basic", AuthType::BasicAuth),
        ("client_secret_post", AuthType::RequestBody),
    ] {
        check(&http, name, auth);
    }
}

fn check(http: &Http, method: &str, auth: AuthType) {
    let step = |name: &str, right: bool| {
        assert!(right, "oauth2: {name}, {method}: failed");
        println!("oauth2: {name}, {method}: ok");
    };
    let issuer = set("ISSUER");
    let metadata = format!("{issuer}/.well-known/oauth-authorization-server");
    let metadata = json(http.get(metadata).send().unwrap().bytes().unwrap().as_ref());
    let endpoint = |name: &str| metadata[name].as_str().unwrap().to_owned();
    let client = BasicClient::new(ClientId::new(set("CLIENT_ID")))
        .set_client_secret(ClientSecret::new(set("CLIENT_SECRET")))
        .set_auth_type(auth)
        .set_token_uri(TokenUrl::new(endpoint("token_endpoint")).unwrap())
        .set_introspection_url(IntrospectionUrl::new(endpoint("introspection_endpoint")).unwrap())
        .set_revocation_url(RevocationUrl::new(endpoint("revocation_endpoint")).unwrap());

    let granted = client
        .exchange_client_credentials()
        .add_scope(Scope::new("read".to_owned()))
        .add_extra_param("resource", set("AUDIENCE"))
        .request(http)
        .unwrap();
    step(
        "client credentials",
        *granted.token_type() == BasicTokenType::Bearer && granted.refresh_token().is_none(),
    );

    let login = serde_json::json!({"username": set("USERNAME"), "password": set("PASSWORD")});
    let opened = http
        .post(format!("{}/v1/login", set("URL")))
        .header("content-type", "application/json")
        .body(login.to_string())
        .send()
        .unwrap();
    let opened = json(opened.bytes().unwrap().as_ref());
    let first = RefreshToken::new(opened["refresh_token"].as_str().unwrap().to_owned());
    let refreshed = client.exchange_refresh_token(&first).request(http).unwrap();
    let next = refreshed.refresh_token().unwrap().clone();
    step("refresh", next.secret() != first.secret());

    let introspect = |token: &AccessToken| client.introspect(token).request(http).unwrap();
    let told = introspect(refreshed.access_token());
    step(
        "introspection",
        told.active() && told.sub() == Some(&set("USERNAME")) && told.exp().is_some(),
    );
    let revocable = StandardRevocableToken::RefreshToken(next.clone());
    // The crate asks for https here, and for nowhere else.
    let revocation = client.revoke_token(revocable);
    match revocation {
        Ok(request) => request.request(http).unwrap(),
        Err(insecure) => {
            assert!(
                endpoint("revocation_endpoint").starts_with("http:"),
                "{insecure}"
            );
            let form = [
                ("token", next.secret().as_str()),
                ("token_type_hint", "refresh_token"),
            ];
            let request = http.post(endpoint("revocation_endpoint"));
            let request = request.basic_auth(set("CLIENT_ID"), Some(set("CLIENT_SECRET")));
            assert_eq!(request.form(&form).send().unwrap().status(), 200);
        }
    }
    step("revocation", !introspect(refreshed.access_token()).active());
    let again = client.exchange_refresh_token(&next).request(http);
    step(
        "refresh after that",
        again.unwrap_err().to_string().contains("invalid_grant"),
    );
}

fn set(name: &str) -> String {
    let name = format!("JOTLEASH_{name}");
    env::var(&name)
        .unwrap_or_else(|_| panic!("{name} is not set: run with the values of data/dev.env"))
}

fn json(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes).unwrap()
}
