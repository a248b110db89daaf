//! Another service asks about a token through the library.

use jotleash::remote::{Question, Verdict, read};
use serde_json::json;

use crate::app::{App, Tokens, claims, credentials_of};
use crate::redis_server::RedisServer;

pub(crate) async fn ask(
    app: &App,
    token: &str,
    audience: Option<&str>,
    scopes: &[&str],
) -> Verdict {
    let question = Question::new(&app.url, token, audience, scopes);
    let request = app.http.get(question.url);
    let answer = request.header("authorization", question.authorization);
    let answer = answer.send().await.unwrap();
    let header = |name: &str| {
        answer
            .headers()
            .get(name)
            .and_then(|value| value.to_str().ok())
    };
    read(answer.status().as_u16(), header)
}

#[tokio::test]
async fn a_service_is_told_who_it_is_until_he_logs_out() {
    let mut redis = RedisServer::start();
    let app = App::on(&redis);
    app.admin().await.create_user("ann", &["editor"]).await;
    let tokens = Tokens::of(app.login(&credentials_of("ann")).await).await;
    let Verdict::Live(who) = ask(&app, &tokens.access, Some("web"), &["read", "write"]).await
    else {
        panic!("it is alive")
    };
    assert_eq!(
        (who.subject.as_str(), who.roles),
        ("ann", vec!["editor".to_owned()])
    );
    assert_eq!(who.session, Some(tokens.session_id.clone()));
    assert_eq!(json!(who.expires), claims(&tokens.access)["exp"]);
    assert_eq!(
        ask(&app, &tokens.access, None, &["admin"]).await,
        Verdict::Forbidden
    );
    assert_eq!(
        ask(&app, &tokens.access, Some("cart"), &[]).await,
        Verdict::Refused
    );
    app.logout(&tokens.access, None).await;
    assert_eq!(ask(&app, &tokens.access, None, &[]).await, Verdict::Refused);
    let fresh = app.log_in().await;
    redis.stop();
    assert_eq!(ask(&app, &fresh.access, None, &[]).await, Verdict::Unknown);
}
