//! What is in Redis: the keys, their ends, and nothing that should not be there.

use serde_json::json;

use crate::app::{App, Setup, Tokens, claims, credentials_of};
use crate::redis_server::RedisServer;
use crate::watch::Watch as _;

#[tokio::test]
async fn a_tokens_key_appears_with_its_ttl_and_vanishes_at_log_out() {
    let redis = RedisServer::start();
    let app = App::on(&redis);
    let tokens = app.log_in().await;
    let jti = tokens.jti();
    let (slot, tail) = jti.split_once('.').unwrap();
    let key = format!("jl:{{{slot}}}:t:{tail}");
    let ttl: i64 = redis.run(&["TTL", &key]).parse().unwrap();
    assert!((1..=300).contains(&ttl), "{ttl}");
    let input = tokens.access.rsplit_once('.').unwrap().0;
    assert_eq!(redis.run(&["GET", &key]), digest(input));
    app.logout(&tokens.access, None).await;
    assert_eq!(redis.run(&["EXISTS", &key]), "0");
}

/// As docs/redis-schema.md has it for other languages.
fn digest(signing_input: &str) -> String {
    use base64::Engine as _;
    let hash = ring::digest::digest(&ring::digest::SHA256, signing_input.as_bytes());
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(&hash.as_ref()[..16])
}

#[tokio::test]
async fn every_key_but_the_lasting_ones_has_an_end() {
    let redis = RedisServer::start();
    let app = App::on(&redis);
    let admin = app.admin().await;
    admin.create_user("bob", &["x"]).await;
    let bob = Tokens::of(app.login(&credentials_of("bob")).await).await;
    let one = app.log_in().await;
    let two = Tokens::of(app.refresh(&one.refresh).await).await;
    app.refresh(&one.refresh).await;
    app.logout(&two.access, None).await;
    admin.post("/revoke", &json!({"jti": bob.jti()})).await;
    admin.post("/subjects/bob/ban", &json!({})).await;
    admin
        .post("/subjects/eve/ban", &json!({"seconds": 60}))
        .await;
    app.token(
        &app.env["JOTLEASH_CLIENT_ID"],
        &app.env["JOTLEASH_CLIENT_SECRET"],
        &[("grant_type", "client_credentials")],
    )
    .await;
    app.log_in().await;
    admin.get("/sessions").await;

    let keys = redis.matching("*");
    assert!(keys.len() > 15, "{keys:?}");
    for key in &keys {
        assert!(key.starts_with("jl:"), "{key}");
        let last = key.rsplit(':').next().unwrap();
        let lasting = key == "jl:meta"
            || key == "jl:audit"
            || key.starts_with("jl:n:")
            || ["u", "c"].contains(&last)
            || (last == "b" && redis.run(&["GET", key]).contains("bob"));
        let ttl: i64 = redis.run(&["TTL", key]).parse().unwrap();
        assert_eq!(ttl < 0, lasting, "{key}: {ttl}");
    }
}

#[tokio::test]
async fn no_name_no_token_and_no_secret_is_in_a_key_and_no_token_anywhere() {
    let redis = RedisServer::start();
    let app = App::on(&redis);
    let admin = app.admin().await;
    admin.create_user("mallory-the-user", &[]).await;
    let tokens = Tokens::of(app.login(&credentials_of("mallory-the-user")).await).await;
    let everything = redis.dump();
    for key in redis.matching("*") {
        assert!(
            !key.contains("mallory") && !key.contains("127.0.0.1"),
            "{key}"
        );
    }
    for secret in [
        &tokens.access,
        &tokens.refresh,
        &crate::app::password_of("mallory-the-user"),
        &app.env["JOTLEASH_CLIENT_SECRET"],
        &app.env["JOTLEASH_PASSWORD"],
    ] {
        assert!(!everything.contains(secret.as_str()));
    }
    assert!(
        everything.contains("mallory-the-user"),
        "the dump shows values"
    );
}

#[tokio::test]
async fn appends_that_are_always_synced_are_told_so() {
    let redis = RedisServer::start_with(&["--appendonly", "yes", "--appendfsync", "always"]);
    let app = App::on(&redis);
    let admin = app.admin().await;
    let durability = async || {
        let answer = admin.delete("/subjects/nobody/sessions").await;
        crate::app::header(&answer, "jotleash-durability").to_owned()
    };
    assert_eq!(durability().await, "fsynced");
    redis.run(&["CONFIG", "SET", "appendfsync", "everysec"]);
    assert_eq!(durability().await, "primary");
}

#[tokio::test]
async fn a_twin_has_the_same_keys_and_takes_the_same_tokens() {
    let redis = RedisServer::start();
    let one = App::on(&redis);
    let two = Setup::default().store(redis.url()).twin_of(&one).start();
    for name in [
        "JOTLEASH_ISSUER",
        "JOTLEASH_PASSWORD",
        "JOTLEASH_CLIENT_SECRET",
        "JOTLEASH_ADMIN_CLIENT_SECRET",
    ] {
        assert_eq!(one.env[name], two.env[name], "{name}");
    }
    assert_ne!(one.url, two.url);
    let tokens = two.log_in().await;
    assert_eq!(one.status_of(&tokens.access).await, 200);
    assert_eq!(
        claims(&tokens.access)["iss"],
        one.env["JOTLEASH_ISSUER"].as_str()
    );
}
