//! What the endpoints ask the store: the client's record, and nothing about a token that is not
//! ours.

use std::collections::BTreeMap;

use super::{Known, assert_oauth_error};
use crate::app::{App, claims};
use crate::forged::signing_key;
use crate::hostile;
use crate::redis_server::RedisServer;
use crate::watch::Watch as _;

/// How often the store was asked about tokens and sessions; a client's record is an `HGETALL`.
fn asked(counts: &BTreeMap<String, u64>) -> u64 {
    let names = ["get", "eval", "evalsha", "fcall", "exists", "del"];
    names.iter().filter_map(|name| counts.get(*name)).sum()
}

/// Access tokens by a table of forgeries, and every way to change one byte of a refresh token.
fn forged(app: &App, access: &str, refresh: &str) -> Vec<String> {
    let mut good = claims(access);
    let now = good["iat"].as_u64().unwrap();
    good["roles"] = serde_json::json!(["viewer"]);
    let issuer = &app.env["JOTLEASH_ISSUER"];
    let cases = hostile::cases(&signing_key(app), issuer, "web", &good, now);
    let mut forged: Vec<_> = cases.into_iter().map(|case| case.token).collect();
    // A form takes what a header does not: the whole body is what is limited.
    forged.retain(|token| !token.is_empty() && token.len() < 10_000);
    for position in 3..refresh.len() {
        let mut bytes = refresh.to_owned().into_bytes();
        bytes[position] = if bytes[position] == b'A' { b'B' } else { b'A' };
        forged.push(String::from_utf8(bytes).unwrap());
    }
    forged
}

#[tokio::test]
async fn forged_tokens_cost_the_store_no_more_than_the_clients_record() {
    let redis = RedisServer::start();
    let app = App::on(&redis);
    let dev = Known::dev(&app);
    let live = app.log_in().await;
    let forged = forged(&app, &live.access, &live.refresh);
    assert!(forged.len() >= 200, "only {}", forged.len());
    for token in &forged {
        let before = redis.calls();
        let told = dev.introspect(&app, token).await;
        assert_eq!(told, serde_json::json!({"active": false}), "{token}");
        dev.revoke(&app, token).await;
        let refused = dev.refresh(&app, token).await;
        assert_oauth_error(refused, 400, "invalid_grant").await;
        let counts = redis.calls_since(&before);
        assert_eq!(asked(&counts), 0, "{token}: {counts:?}");
        assert_eq!(counts["hgetall"], 3, "{counts:?}");
    }
    assert_eq!(app.status_of(&live.access).await, 200);
    assert_eq!(dev.refresh(&app, &live.refresh).await.status(), 200);
}

#[tokio::test]
async fn who_is_not_known_learns_nothing_and_costs_one_record() {
    let redis = RedisServer::start();
    let app = App::on(&redis);
    let live = app.log_in().await;
    let known = Known {
        id: &app.env["JOTLEASH_CLIENT_ID"],
        secret: "wrong",
    };
    for path in ["/oauth2/introspect", "/oauth2/revoke"] {
        for token in [&live.access, &live.refresh] {
            let before = redis.calls();
            let refused = known.post(&app, path, &[("token", token)]).await;
            assert_oauth_error(refused, 401, "invalid_client").await;
            let counts = redis.calls_since(&before);
            assert_eq!(asked(&counts), 0, "{counts:?}");
        }
    }
    assert_eq!(app.status_of(&live.access).await, 200);
}

#[tokio::test]
async fn a_token_that_the_caller_may_not_see_is_not_asked_about() {
    let redis = RedisServer::start();
    let app = App::on(&redis);
    let dev = Known::dev(&app);
    let admins = app.admin_token().await;
    let before = redis.calls();
    assert_eq!(dev.introspect(&app, &admins).await["active"], false);
    dev.revoke(&app, &admins).await;
    let counts = redis.calls_since(&before);
    assert_eq!(asked(&counts), 0, "{counts:?}");
}
