//! Keys that change while two instances are busy.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use futures_util::future::join_all;
use serde_json::json;

use super::{kid_of, pair, published};
use crate::app::{App, Tokens, json as body_of};
use crate::races::persistent;
use crate::redis_server::RedisServer;

/// How many clients are busy at once: one of them logs in again and again, the others refresh.
pub(super) const CLIENTS: usize = 6;

/// What the clients know of the keys.
#[derive(Default)]
pub(super) struct Ledger {
    /// The key that is taken out of use, once that is asked for.
    retiring: Mutex<Option<String>>,
    /// Whether it was answered.
    retired: AtomicBool,
    /// Every access token that was given.
    given: Mutex<Vec<String>>,
}

impl Ledger {
    /// Waits until the clients have been busy for a while from now on.
    pub(super) async fn busy(&self) {
        let so_far = self.given.lock().unwrap().len();
        while self.given.lock().unwrap().len() < so_far + 50 {
            tokio::task::yield_now().await;
        }
    }

    fn is_retiring(&self, token: &str) -> bool {
        self.retiring.lock().unwrap().as_deref() == Some(&kid_of(token))
    }

    /// Checks a token, and that the answer is the one that is due.
    async fn verify(&self, app: &App, token: &str) {
        // Read before the question: the promise is about checks that start afterwards.
        let retired = self.retired.load(Ordering::SeqCst);
        let answer = persistent(async || app.verify(token).await).await;
        match answer.status().as_u16() {
            200 => assert!(
                !(retired && self.is_retiring(token)),
                "a retired key's token lives"
            ),
            401 => assert!(self.is_retiring(token), "{token} is refused"),
            other => panic!("{other}"),
        }
    }

    async fn take(&self, answer: reqwest::Response) -> Tokens {
        let tokens = Tokens::of(answer).await;
        self.given.lock().unwrap().push(tokens.access.clone());
        tokens
    }
}

/// Uses the service without end, on both instances in turn.
pub(super) async fn client(apps: &[App; 2], number: usize, ledger: &Ledger) {
    let comes_anew = number.is_multiple_of(CLIENTS);
    let log_in = async |app: &App| {
        let answer = persistent(async || app.login(&app.demo()).await).await;
        ledger.take(answer).await
    };
    let mut tokens = log_in(&apps[0]).await;
    for turn in number.. {
        let (here, there) = (&apps[turn % 2], &apps[(turn + 1) % 2]);
        ledger.verify(there, &tokens.access).await;
        tokens = if comes_anew {
            log_in(here).await
        } else {
            let answer = persistent(async || here.refresh(&tokens.refresh).await).await;
            ledger.take(answer).await
        };
        ledger.verify(here, &tokens.access).await;
    }
}

#[tokio::test]
async fn under_load_a_rotation_fails_no_request_and_a_retirement_ends_tokens_and_no_session() {
    let redis = RedisServer::start();
    let apps = pair(&redis);
    let ledger = Ledger::default();
    let mut idle = Vec::new();
    for turn in 0..10 {
        idle.push(apps[turn % 2].log_in().await);
    }
    let old = kid_of(&idle[0].access);
    let scenario = async {
        let admin = apps[0].admin().await;
        ledger.busy().await;
        let answer = admin.post("/keys/rotate", &json!({"now": true})).await;
        assert_eq!(answer.status(), 200);
        let new = body_of(answer).await["kid"].as_str().unwrap().to_owned();
        for app in &apps {
            assert_eq!(
                kid_of(&app.log_in().await.access),
                new,
                "it signs everywhere"
            );
            for tokens in &idle {
                assert_eq!(app.status_of(&tokens.access).await, 200);
            }
        }

        // As after a leak: at once, and with a token of the key that signs.
        let admin = apps[1].admin().await;
        *ledger.retiring.lock().unwrap() = Some(old.clone());
        let answer = admin.post(&format!("/keys/{old}/retire"), &json!({})).await;
        assert_eq!(answer.status(), 200);
        ledger.retired.store(true, Ordering::SeqCst);
        let given = ledger.given.lock().unwrap().clone();
        let theirs = given.iter().filter(|token| kid_of(token) == old);
        let idle_ones = idle.iter().map(|tokens| &tokens.access);
        for token in theirs.chain(idle_ones) {
            for app in &apps {
                ledger.verify(app, token).await;
                assert_eq!(app.status_of(token).await, 401);
            }
        }
        for (turn, tokens) in idle.iter().enumerate() {
            let after = Tokens::of(apps[turn % 2].refresh(&tokens.refresh).await).await;
            assert_eq!(after.session_id, tokens.session_id);
            assert_eq!(kid_of(&after.access), new);
            assert_eq!(apps[(turn + 1) % 2].status_of(&after.access).await, 200);
        }
        ledger.busy().await;
        for app in &apps {
            assert_eq!(published(app).await, std::slice::from_ref(&new));
        }
    };
    let clients = (0..CLIENTS).map(|number| client(&apps, number, &ledger));
    tokio::select! {
        () = scenario => {}
        _ = join_all(clients) => unreachable!(),
    }
}
