//! A thousand clients whose network loses 30 % of all answers.
//!
//! Each follows the rule of `docs/api.md`: whoever gets no answer asks again with the same refresh
//! token. A short run, unless `JOTLEASH_LOSSY_SECONDS` says for how long.

mod proxy;

use std::collections::HashSet;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use futures_util::stream::{self, StreamExt as _};
use reqwest::{Client, Method, Response};
use serde_json::{Value, json};
use tokio::sync::Semaphore;

use self::proxy::{LOST_OF_A_HUNDRED, LossyProxy, REQUEST_ID, is_lost};
use crate::app::{App, Setup, Tokens, claims, header};
use crate::races::persistent;
use crate::redis_server::RedisServer;
use crate::watch::Watch as _;

const CLIENTS: usize = 1_000;
/// How many ask at the same moment: each takes three of this process' sockets.
const AT_ONCE: usize = 100;
/// How often each client refreshes in a short run.
const REFRESHES: u64 = 3;

/// With a grace in which every machine gets its second try through.
const CONFIG: &str = r#"
log = "warn"
[[audience]]
name = "lossy"
scopes = ["read"]
login_client = "spa"
refresh_grace = "24h"
[[client]]
id = "spa"
audiences = ["lossy"]
scopes = ["read"]
grants = ["refresh_token"]
"#;

#[tokio::test]
async fn a_third_of_the_answers_lost_logs_nobody_out_and_leaves_one_lineage_on_redis() {
    let redis = RedisServer::start();
    let app = Setup::default().store(redis.url()).config(CONFIG).start();
    let sessions = refresh_through_loss(&app).await;
    for session in &sessions {
        let sid = session.sid();
        let (slot, tail) = sid.split_once('.').unwrap();
        let key = format!("jl:{{{slot}}}:s:{tail}");
        let counter: usize = redis.run(&["HGET", &key, "counter"]).parse().unwrap();
        // Each time that the client was given a successor, and never else.
        assert_eq!(counter + 1, session.given.len(), "{sid}");
        let owned = redis.run(&["ZRANGE", &format!("jl:{{{slot}}}:i"), "0", "-1"]);
        let live = owned.split(' ').filter(|member| member.starts_with("s:"));
        assert_eq!(live.count(), 1, "one session: {owned}");
    }
    one_lineage_each(&app, sessions).await;
}

#[tokio::test]
async fn a_third_of_the_answers_lost_logs_nobody_out_and_leaves_one_lineage_in_the_embedded_store()
{
    let app = Setup::default().config(CONFIG).start();
    let sessions = refresh_through_loss(&app).await;
    one_lineage_each(&app, sessions).await;
}

/// A client with its session.
struct Session {
    number: usize,
    /// Every refresh token that it was ever given, the newest last.
    given: Vec<String>,
    access: String,
    /// How many requests it has sent.
    sent: u64,
    /// How often it got no answer, and the most times in a row.
    unanswered: (u64, u64),
    /// How often it was told to come again later.
    busy: u64,
}

/// When a client stops refreshing.
#[derive(Clone, Copy)]
enum Until {
    Refreshed(u64),
    Passed(Instant),
}

impl Until {
    fn told() -> Self {
        match std::env::var("JOTLEASH_LOSSY_SECONDS") {
            Ok(seconds) => {
                let seconds = seconds.parse().expect("JOTLEASH_LOSSY_SECONDS is a number");
                Self::Passed(Instant::now() + Duration::from_secs(seconds))
            }
            Err(_) => Self::Refreshed(REFRESHES),
        }
    }

    fn reached(self, refreshed: usize) -> bool {
        match self {
            Self::Refreshed(times) => refreshed as u64 >= times,
            Self::Passed(end) => refreshed > 0 && Instant::now() >= end,
        }
    }
}

/// Has all clients refresh, and gives their sessions. Nobody was logged out.
async fn refresh_through_loss(app: &App) -> Vec<Session> {
    let sessions = open_sessions(app).await;
    let proxy = LossyProxy::before(&app.url).await;
    let network = Network {
        url: &proxy.url,
        http: Client::builder().no_proxy().build().unwrap(),
        room: Semaphore::new(AT_ONCE),
    };
    let (started, until) = (Instant::now(), Until::told());
    let clients = stream::iter(sessions).map(|session| session.refresh(&network, until));
    let sessions: Vec<Session> = clients.buffer_unordered(CLIENTS).collect().await;

    let delivered = proxy.counts.delivered.load(Ordering::Relaxed);
    let lost = proxy.counts.lost.load(Ordering::Relaxed);
    let done = proxy.counts.lost_successes.load(Ordering::Relaxed);
    let refreshed: usize = sessions.iter().map(|session| session.given.len() - 1).sum();
    let busy: u64 = sessions.iter().map(|session| session.busy).sum();
    let in_a_row = sessions.iter().map(|session| session.unanswered.1).max();
    eprintln!(
        "{CLIENTS} clients in {} s: {} answers, {lost} of them lost ({} in a thousand, at most {} in a row), {refreshed} refreshes, {busy} told to come later",
        started.elapsed().as_secs(),
        delivered + lost,
        1_000 * lost / (delivered + lost),
        in_a_row.unwrap(),
    );
    assert_eq!(sessions.len(), CLIENTS);
    assert_eq!(delivered, refreshed as u64 + busy);
    let unanswered: u64 = sessions.iter().map(|session| session.unanswered.0).sum();
    assert_eq!(lost, unanswered, "every loss was a client's");
    let expected = (delivered + lost) * LOST_OF_A_HUNDRED / 100;
    assert!(
        lost.abs_diff(expected) * 20 < expected,
        "{lost} of {expected}"
    );
    assert!(
        done * 10 > lost * 9,
        "lost after they were done: {done} of {lost}"
    );
    assert!(in_a_row.unwrap() >= 3, "retries were lost too");
    sessions
}

async fn open_sessions(app: &App) -> Vec<Session> {
    let admin = app.admin().await;
    let opened = stream::iter(0..CLIENTS).map(async |number| {
        let asked = json!({"subject": format!("client{number}"), "audience": "lossy"});
        let opening = persistent(async || admin.post("/sessions", &asked).await);
        let tokens = Tokens::of(opening.await).await;
        Session {
            number,
            given: vec![tokens.refresh],
            access: tokens.access,
            sent: 0,
            unanswered: (0, 0),
            busy: 0,
        }
    });
    opened.buffer_unordered(AT_ONCE).collect().await
}

/// What lies between the clients and the service.
struct Network<'a> {
    url: &'a str,
    http: Client,
    room: Semaphore,
}

impl Session {
    async fn refresh(mut self, network: &Network<'_>, until: Until) -> Self {
        while !until.reached(self.given.len() - 1) {
            let answer = self.insist(network).await;
            self.take(answer).await;
        }
        self
    }

    /// Asks with the same token until there is an answer.
    async fn insist(&mut self, network: &Network<'_>) -> Response {
        let mut in_a_row = 0;
        loop {
            match self.ask(network).await {
                Some(answer) if answer.status() == 503 => {
                    in_a_row = 0;
                    self.busy += 1;
                    let seconds = header(&answer, "retry-after").parse().unwrap();
                    tokio::time::sleep(Duration::from_secs(seconds)).await;
                }
                Some(answer) => return answer,
                None => {
                    in_a_row += 1;
                    let (times, most) = self.unanswered;
                    self.unanswered = (times + 1, most.max(in_a_row));
                }
            }
        }
    }

    /// Asks with the newest refresh token; `None` if there is no answer.
    async fn ask(&mut self, network: &Network<'_>) -> Option<Response> {
        let _place = network.room.acquire().await.unwrap();
        let id = format!("lossy-{}-{}", self.number, self.sent);
        self.sent += 1;
        let token = self.given.last().unwrap();
        // Half of them as OAuth clients do.
        let request = if self.number.is_multiple_of(2) {
            let url = format!("{}/v1/refresh", network.url);
            let body = json!({"refresh_token": token});
            network.http.post(url).json(&body)
        } else {
            let form = [
                ("grant_type", "refresh_token"),
                ("client_id", "spa"),
                ("refresh_token", token),
            ];
            let url = format!("{}/oauth2/token", network.url);
            network.http.post(url).form(&form)
        };
        let answer = request.header(REQUEST_ID, &id).send().await;
        assert_eq!(answer.is_err(), is_lost(&id), "{id}: {answer:?}");
        answer.ok()
    }

    /// Takes the successor. Anything but 200 is a log-out that nobody asked for.
    async fn take(&mut self, answer: Response) {
        let status = answer.status();
        let body: Value = crate::app::json(answer).await;
        assert_eq!(status, 200, "client {} is logged out: {body}", self.number);
        let successor = body["refresh_token"].as_str().unwrap().to_owned();
        assert!(!self.given.contains(&successor), "client {}", self.number);
        body["access_token"]
            .as_str()
            .unwrap()
            .clone_into(&mut self.access);
        self.given.push(successor);
    }

    fn sid(&self) -> String {
        claims(&self.access)["sid"].as_str().unwrap().to_owned()
    }
}

/// Every session has one lineage: its newest token works, the one before leads to the same successor,
/// and an older one is refused, which ends the session.
async fn one_lineage_each(app: &App, sessions: Vec<Session>) {
    let checks = stream::iter(sessions).map(async |session| {
        let (newest, older) = session.given.split_last().unwrap();
        let check = async || {
            let verify = app.request(Method::GET, "/verify?audience=lossy");
            verify.bearer_auth(&session.access).send().await.unwrap()
        };
        assert_eq!(persistent(check).await.status(), 200);
        let refresh = async |token: &str| persistent(async || app.refresh(token).await).await;
        let next = Tokens::of(refresh(newest).await).await;
        let again = Tokens::of(refresh(newest).await).await;
        assert_eq!(next.refresh, again.refresh);
        assert_eq!(next.session_id, session.sid());
        let oldest = refresh(older.first().unwrap()).await;
        assert_eq!(oldest.status(), 401);
        assert_eq!(refresh(&next.refresh).await.status(), 401);
        session.sid()
    });
    let sids: HashSet<String> = checks.buffer_unordered(AT_ONCE).collect().await;
    assert_eq!(sids.len(), CLIENTS);
}
