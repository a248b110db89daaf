//! The clients of the file, and the first admin.

use reqwest::{Client, Method, Response};
use serde_json::{Value, json};

use crate::program::{Program, Serving};

const ISSUER: &str = "https://auth.example.com";

/// A secret and its digest, made by `clients secret`.
fn new_secret() -> (String, String) {
    let ended = Program::new().run(&["clients", "secret", "--json"]);
    assert_eq!(ended.code, 0, "{ended:?}");
    let made: Value = serde_json::from_str(&ended.out).unwrap();
    let text = |name: &str| made[name].as_str().unwrap().to_owned();
    (text("secret"), text("secret_sha256"))
}

fn admin_client(digest: &str) -> String {
    format!(
        "issuer = \"{ISSUER}\"\nstore = \"embedded:data.redb\"\n[[audience]]\nname = \"web\"\n\
         [[client]]\nid = \"ops\"\nsecret_sha256 = \"{digest}\"\n\
         grants = [\"client_credentials\"]\nadmin = true\n"
    )
}

async fn token(serving: &Serving, secret: &str) -> Response {
    let form = [
        ("grant_type", "client_credentials"),
        ("audience", ISSUER),
        ("scope", "jotleash:admin"),
    ];
    let request = Client::new().post(format!("{}/oauth2/token", serving.url));
    request
        .basic_auth("ops", Some(secret))
        .form(&form)
        .send()
        .await
        .unwrap()
}

async fn admin(
    serving: &Serving,
    secret: &str,
    method: Method,
    path: &str,
    body: &Value,
) -> (u16, Value) {
    let granted: Value = token(serving, secret).await.json().await.unwrap();
    let request = Client::new().request(method, format!("{}{path}", serving.admin_url));
    let request = request.bearer_auth(granted["access_token"].as_str().unwrap());
    let request = if body.is_null() {
        request
    } else {
        request.json(body)
    };
    let answer = request.send().await.unwrap();
    (
        answer.status().as_u16(),
        answer.json().await.unwrap_or_default(),
    )
}

#[test]
fn a_secret_is_256_random_bits_and_is_shown_with_its_digest() {
    let (secret, digest) = new_secret();
    assert_eq!((secret.len(), digest.len()), (43, 64));
    assert_ne!(secret, new_secret().0);
    assert_eq!(jotleash::settings::digest_hex(&secret), digest);
    let ended = Program::new().run(&["clients", "secret"]);
    let mut lines = ended.out.lines();
    let secret = lines.next().unwrap().strip_prefix("secret: ").unwrap();
    let pasted = lines.next().unwrap();
    assert_eq!(
        pasted,
        format!(
            "secret_sha256 = \"{}\"",
            jotleash::settings::digest_hex(secret)
        )
    );
    assert!(ended.err.contains("[[client]]"), "{ended:?}");
}

#[tokio::test]
async fn the_first_admin_of_production_comes_from_the_file() {
    let (secret, digest) = new_secret();
    let program = Program::with(&admin_client(&digest));
    assert_eq!(program.run(&["keys", "generate"]).code, 0);
    let serving = program.serve(&[]).unwrap();
    assert_eq!(token(&serving, &secret).await.status(), 200);
    assert_eq!(token(&serving, &new_secret().0).await.status(), 401);
    let user = json!({"username": "ann", "password": "correct horse battery"});
    let (status, _) = admin(&serving, &secret, Method::POST, "/v1/admin/users", &user).await;
    assert_eq!(status, 201);
}

#[tokio::test]
async fn a_client_of_the_file_is_read_only_until_it_leaves_the_file() {
    let (secret, digest) = new_secret();
    let base = admin_client(&digest);
    let program = Program::with(&base);
    assert_eq!(program.run(&["keys", "generate"]).code, 0);
    let path = "/v1/admin/clients/app";
    let nothing = Value::Null;

    // One that the API made is taken over by the file's of the same id.
    let serving = program.serve(&[]).unwrap();
    let made = json!({"id": "app", "public": true, "audiences": ["web"]});
    let (status, answer) = admin(&serving, &secret, Method::POST, "/v1/admin/clients", &made).await;
    assert_eq!(status, 201, "{answer}");
    drop(serving);
    let with_app = format!(
        "{base}[[client]]\nid = \"app\"\ngrants = [\"refresh_token\"]\naudiences = [\"web\"]\n"
    );
    program.file("jotleash.toml", &with_app, 0o644);
    let serving = program.serve(&[]).unwrap();
    let (status, client) = admin(&serving, &secret, Method::GET, path, &nothing).await;
    assert_eq!(
        (status, &client["grants"]),
        (200, &json!(["refresh_token"]))
    );
    for (method, body) in [
        (Method::PATCH, json!({"scopes": []})),
        (Method::DELETE, nothing.clone()),
    ] {
        let (status, problem) = admin(&serving, &secret, method, path, &body).await;
        assert_eq!((status, &problem["code"]), (409, &json!("managed")));
    }
    drop(serving);

    // Out of the file it goes on working, and is the API's.
    program.file("jotleash.toml", &base, 0o644);
    let serving = program.serve(&[]).unwrap();
    assert!(
        serving.log.contains("DELETE /v1/admin/clients/app"),
        "{}",
        serving.log
    );
    let (status, _) = admin(&serving, &secret, Method::GET, path, &nothing).await;
    assert_eq!(status, 200);
    let (status, _) = admin(&serving, &secret, Method::DELETE, path, &nothing).await;
    assert!(matches!(status, 200 | 204), "{status}");
    let (status, _) = admin(&serving, &secret, Method::GET, path, &nothing).await;
    assert_eq!(status, 404);
    drop(serving);
    let serving = program.serve(&[]).unwrap();
    assert!(
        !serving.log.contains("in the configuration file no more"),
        "{}",
        serving.log
    );
}

#[tokio::test]
async fn a_client_with_a_users_id_does_not_start() {
    let (secret, digest) = new_secret();
    let base = admin_client(&digest);
    let program = Program::with(&base);
    assert_eq!(program.run(&["keys", "generate"]).code, 0);
    let serving = program.serve(&[]).unwrap();
    let user = json!({"username": "ann", "password": "correct horse battery"});
    let (status, _) = admin(&serving, &secret, Method::POST, "/v1/admin/users", &user).await;
    assert_eq!(status, 201);
    drop(serving);
    program.file(
        "jotleash.toml",
        &format!("{base}[[client]]\nid = \"ann\"\n"),
        0o644,
    );
    let ended = program.serve(&[]).unwrap_err();
    assert_eq!(ended.code, 2, "{ended:?}");
    assert!(
        ended.err.contains("client ann: a user has this id"),
        "{ended:?}"
    );
}
