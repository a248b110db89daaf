//! The format is the audience's: when it changes, tokens of the other one are refused.

use super::{VAULT, log_in_to, status_at};
use crate::app::{App, Setup, Tokens};
use crate::redis_server::RedisServer;

/// The same folder and store, with another file.
fn again(mut app: App, store: &str, config: &str) -> App {
    app.signal("TERM");
    assert_eq!(app.wait(), Some(0));
    let setup = Setup::default().store(store).config(config);
    setup.in_folder_of(app.kill()).start()
}

#[tokio::test]
async fn a_token_of_the_other_format_is_refused_and_its_session_goes_on() {
    let redis = RedisServer::start();
    let jwts = VAULT.replacen("format = \"opaque\"\n", "", 1);
    assert_ne!(jwts, VAULT);
    for store in ["embedded:data/jotleash.redb", &redis.url()] {
        let app = Setup::default().store(store).config(VAULT).start();
        let handle = log_in_to(&app, "vault").await;
        assert!(handle.access.starts_with("jl_"));
        let app = again(app, store, &jwts);
        assert_eq!(status_at(&app, "vault", &handle.access).await, 401);
        let jwt = Tokens::of(app.refresh(&handle.refresh).await).await;
        assert!(jwt.access.starts_with("eyJ"));
        assert_eq!(jwt.session_id, handle.session_id);
        assert_eq!(status_at(&app, "vault", &jwt.access).await, 200);

        let app = again(app, store, VAULT);
        assert_eq!(status_at(&app, "vault", &jwt.access).await, 401);
        // A repeat, whose JWT is alive, is given what is good now.
        let repeat = Tokens::of(app.refresh(&handle.refresh).await).await;
        assert!(repeat.access.starts_with("jl_"));
        assert_eq!(status_at(&app, "vault", &repeat.access).await, 200);
        assert_eq!(
            status_at(&app, "vault", &handle.access).await,
            200,
            "it is alive again"
        );
    }
}
