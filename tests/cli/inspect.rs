//! `token inspect`.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use serde_json::json;
use tempfile::TempDir;

use crate::app::{App, Setup};
use crate::command::{Ran, run, run_with};

/// Inspects with the credentials that the instance wrote down.
fn inspect(app: &App, token: &str) -> Ran {
    inspect_in(app.folder.path(), token, &["--profile", "data/dev.env"])
}

fn inspect_in(folder: &Path, token: &str, arguments: &[&str]) -> Ran {
    let ran = run_with(
        folder,
        &[],
        &[&["token", "inspect", "-"], arguments].concat(),
        token,
    );
    let signature = token.rsplit('.').next().unwrap();
    let echoed = signature.len() > 20 && format!("{ran:?}").contains(signature);
    assert!(!echoed, "the token is in {ran:?}");
    ran
}

#[tokio::test]
async fn a_live_token_is_told_with_its_claims() {
    let app = App::in_memory();
    let tokens = app.log_in().await;
    let ran = inspect(&app, &tokens.access);
    ran.assert(
        0,
        &[
            "  alg        ES256\n",
            "  sub        demo\n",
            "live: signed by this service, expires in ",
        ],
    );
    let json = inspect_in(
        app.folder.path(),
        &tokens.access,
        &["--profile", "data/dev.env", "--json"],
    )
    .json();
    assert_eq!(
        (&json["verdict"], &json["claims"]["aud"]),
        (&"live".into(), &"web".into())
    );
    assert_eq!(json["signature_checked"], true);
    // The same credentials in the environment, and the token as an argument.
    let env: Vec<_> = app
        .env
        .iter()
        .map(|(k, v)| (k.as_str(), v.as_str()))
        .collect();
    let elsewhere = TempDir::new().unwrap();
    run(
        elsewhere.path(),
        &env,
        &["token", "inspect", &tokens.access],
    )
    .assert(0, &["live:"]);
    // What is not told is found in the metadata, on either listener.
    for known in ["JOTLEASH_URL", "JOTLEASH_ISSUER", "JOTLEASH_ADMIN_"] {
        let of_admin = |name: &str| name.starts_with("JOTLEASH_ADMIN_");
        let env: Vec<_> = env
            .iter()
            .copied()
            .filter(|(name, _)| of_admin(name) || *name == known)
            .collect();
        assert!((3..=4).contains(&env.len()), "{env:?}");
        run(
            elsewhere.path(),
            &env,
            &["token", "inspect", &tokens.access],
        )
        .assert(0, &["live:"]);
    }
    inspect(&app, &tokens.refresh).assert(0, &["live: "]);
}

#[tokio::test]
async fn a_revoked_token_is_told_with_who_ended_it_and_why() {
    let app = App::in_memory();
    let admin = app.admin().await;
    let tokens = app.log_in().await;
    app.logout(&tokens.access, None).await;
    inspect(&app, &tokens.access).assert(1, &["revoked ", " by demo: its owner logged out"]);

    let tokens = app.log_in().await;
    admin
        .post("/revoke", &json!({"token": tokens.access}))
        .await;
    inspect(&app, &tokens.access).assert(1, &["by dev-admin: an operator ended it"]);

    let tokens = app.log_in().await;
    admin.post("/subjects/demo/ban", &json!({})).await;
    inspect(&app, &tokens.access).assert(1, &["by dev-admin: its subject was banned"]);
    let json = inspect_in(
        app.folder.path(),
        &tokens.access,
        &["--profile", "data/dev.env", "--json"],
    )
    .json();
    assert_eq!(
        (&json["verdict"], &json["revoked_by"]),
        (&"revoked".into(), &"dev-admin".into())
    );
    assert!(json["revoked_at"].as_u64().unwrap() <= json["now"].as_u64().unwrap());
}

#[tokio::test]
async fn an_expired_a_forged_and_a_foreign_token_are_told_apart() {
    let app = Setup::default()
        .config("[[audience]]\nname = \"web\"\naccess_ttl = \"1s\"\n")
        .start();
    let other = App::in_memory();
    let short = app.log_in().await.access;
    let foreign = other.log_in().await.access;
    while app.status_of(&short).await == 200 {
        tokio::task::yield_now().await;
    }
    inspect(&app, &short).assert(1, &["expired "]);
    inspect(&app, "garbage").assert(1, &["not ours: "]);
    inspect(&app, &foreign).assert(1, &["claims (not verified)", "not ours: the header"]);
    inspect(&app, "").assert(2, &["no token"]);
}

#[tokio::test]
async fn an_opaque_token_is_read_by_the_service_and_by_nobody_else() {
    let app = Setup::default()
        .config("[[audience]]\nname = \"web\"\nformat = \"opaque\"\n")
        .start();
    let token = app.log_in().await.access;
    let live = "live: its tag holds and its key exists, expires in ";
    inspect(&app, &token).assert(0, &["claims\n", "  sub        demo\n", live]);
    let keys = format!("{}/.well-known/jwks.json", app.url);
    let offline = inspect_in(app.folder.path(), &token, &["--jwks", &keys]);
    offline.assert(2, &["opaque", "leave --jwks out"]);

    let admin = app.admin().await;
    admin.post("/revoke", &json!({"token": token})).await;
    inspect(&app, &token).assert(1, &["revoked ", " by dev-admin: an operator ended it"]);
    let token = app.log_in().await.access;
    app.logout(&token, None).await;
    inspect(&app, &token).assert(1, &["revoked ", " by demo: its owner logged out"]);
    let (handle, tag) = token.split_at(token.len() - 1);
    let other = if tag == "A" { "E" } else { "A" };
    inspect(&app, &format!("{handle}{other}")).assert(1, &["not ours: ", "tag does not hold"]);
}

#[tokio::test]
async fn who_may_not_ask_and_who_is_not_there_are_told_apart() {
    let app = App::in_memory();
    let tokens = app.log_in().await;
    let profile = app.folder.path().join("data/dev.env");
    let text = fs::read_to_string(&profile).unwrap();
    let secret = &app.env["JOTLEASH_ADMIN_CLIENT_SECRET"].clone();
    let with = |text: &str, mode: u32| {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("profile");
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
        let ran = inspect_in(folder.path(), &tokens.access, &["--profile", "profile"]);
        assert!(!format!("{ran:?}").contains(secret.as_str()), "{ran:?}");
        ran
    };
    with(&text.replace(secret, "wrong"), 0o600).assert(4, &["invalid_client"]);
    let plain = text.replace("dev-admin", "dev");
    let plain = plain.replace(secret, &app.env["JOTLEASH_CLIENT_SECRET"]);
    with(&plain, 0o600).assert(4, &["what this client may do"]);
    with(&text, 0o644).assert(2, &["`chmod o= profile`"]);
    with("", 0o600).assert(2, &["JOTLEASH_ADMIN_URL", "JOTLEASH_ADMIN_CLIENT_SECRET"]);
    inspect_in(Path::new("/"), &tokens.access, &[]).assert(2, &["--profile"]);
    app.kill();
    with(&text, 0o600).assert(5, &["cannot be reached"]);
}

#[tokio::test]
async fn public_keys_alone_tell_the_signature_and_the_time() {
    let app = App::in_memory();
    let other = App::in_memory();
    let token = app.log_in().await.access;
    let url = |app: &App| format!("{}/.well-known/jwks.json", app.url);
    let folder = TempDir::new().unwrap();
    let keys = app
        .http
        .get(url(&app))
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    fs::write(folder.path().join("jwks.json"), &keys).unwrap();
    let offline = |arguments: &[&str]| inspect_in(folder.path(), &token, arguments);

    offline(&["--jwks", "jwks.json"]).assert(0, &["verified: ", "only the service can say"]);
    offline(&[
        "--jwks",
        &url(&app),
        "--audience",
        "web",
        "--issuer",
        &app.env["JOTLEASH_ISSUER"],
    ])
    .assert(0, &["verified: "]);
    offline(&["--jwks", "jwks.json", "--audience", "cart"])
        .assert(1, &["its aud is web, not cart"]);
    offline(&["--jwks", "jwks.json", "--issuer", "https://a"]).assert(1, &["its iss is "]);
    offline(&["--jwks", &url(&other)]).assert(1, &["not valid by these keys", "(not verified)"]);
    offline(&["--jwks", "missing.json"]).assert(2, &["missing.json"]);
    offline(&["--jwks", &format!("{}/nothing", app.url)]).assert(5, &["404"]);
    offline(&["--audience", "web"]).assert(2, &["--jwks"]);
    let piped = ["token", "inspect", &token, "--jwks", "-", "--json"];
    let piped = run_with(folder.path(), &[], &piped, &keys);
    assert_eq!(
        (piped.code, &piped.json()["verdict"]),
        (0, &"verified".into())
    );
    run(
        folder.path(),
        &[],
        &["token", "inspect", "-", "--jwks", "-"],
    )
    .assert(2, &["both"]);

    // It verifies for ever, until it expires: only the service knows that it is dead.
    app.logout(&token, None).await;
    offline(&["--jwks", "jwks.json"]).assert(0, &["only the service can say"]);
}
