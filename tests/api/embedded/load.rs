//! A user who logs in and of whom everything is taken away again, until the service is gone; and
//! what must be true of that user afterwards.

use std::sync::atomic::{AtomicU64, Ordering};

use reqwest::{Method, Response};
use serde_json::{Value, json};

use crate::app::{Admin, App, claims, header};

/// What is known of a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Live,
    Dead,
    /// Its end was asked for, and there was no answer.
    Unknown,
}

/// A session that was opened and answered.
struct Known {
    access_token: String,
    refresh_token: String,
    session_id: String,
    access: Fate,
    refresh: Fate,
    /// When it was answered, by the [`Order`].
    at: u64,
}

/// The order of answers. What was answered before a revocation was even asked for is on the disk
/// once that is acknowledged.
#[derive(Debug, Default)]
pub(super) struct Order {
    next: AtomicU64,
    safe: AtomicU64,
    acknowledged: AtomicU64,
}

impl Order {
    /// How many revocations were acknowledged.
    pub(super) fn acknowledged(&self) -> u64 {
        self.acknowledged.load(Ordering::SeqCst)
    }
}

/// Numbers that depend on a seed only.
pub(super) struct Dice(pub(super) u64);

impl Dice {
    /// One of `0..sides`.
    pub(super) fn roll(&mut self, sides: u64) -> u64 {
        // SplitMix64
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % sides
    }
}

/// A user and what was done about it.
pub(super) struct Load {
    name: String,
    sub: String,
    password: String,
    /// A password that may have become the right one.
    next_password: Option<String>,
    ban: Fate,
    known: Vec<Known>,
    dice: Dice,
}

impl Load {
    /// A new user.
    pub(super) async fn new(name: &str, admin: &Admin<'_>, seed: u64) -> Self {
        let user = admin.create_user(name, &[]).await;
        Self {
            name: name.to_owned(),
            sub: user["sub"].as_str().unwrap().to_owned(),
            password: crate::app::password_of(name),
            next_password: None,
            ban: Fate::Dead,
            known: Vec::new(),
            dice: Dice(seed),
        }
    }

    /// Goes on until there is no answer any more.
    pub(super) async fn run(&mut self, app: &App, admin: &Admin<'_>, order: &Order) {
        loop {
            let live = self.known.iter().filter(|one| one.access == Fate::Live);
            let step = match (live.count(), self.dice.roll(16)) {
                (..3, _) | (_, 0..5) => self.open(app, admin, order).await,
                (_, 5..9) => self.end_session(app, admin, order).await,
                (_, 9..12) => self.end_token(admin, order).await,
                _ => self.end_all(admin, order).await,
            };
            if step.is_none() {
                return;
            }
        }
    }

    async fn open(&mut self, app: &App, admin: &Admin<'_>, order: &Order) -> Option<()> {
        let answer = if self.dice.roll(8) == 0 {
            let login = app.request(Method::POST, "/v1/login");
            login.json(&self.credentials(&self.password)).send().await
        } else {
            let open = admin.request(Method::POST, "/sessions");
            open.json(&json!({"subject": self.sub})).send().await
        };
        let answer = answer.ok()?;
        assert_eq!(answer.status(), 200);
        let body: Value = answer.json().await.ok()?;
        let text = |name: &str| body[name].as_str().unwrap().to_owned();
        self.known.push(Known {
            access_token: text("access_token"),
            refresh_token: text("refresh_token"),
            session_id: text("session_id"),
            access: Fate::Live,
            refresh: Fate::Live,
            at: order.next.fetch_add(1, Ordering::SeqCst),
        });
        Some(())
    }

    /// A log-out, or a revocation by `sid`.
    async fn end_session(&mut self, app: &App, admin: &Admin<'_>, order: &Order) -> Option<()> {
        let index = self.pick();
        let one = &mut self.known[index];
        (one.access, one.refresh) = (Fate::Unknown, Fate::Unknown);
        let begun = order.next.load(Ordering::SeqCst);
        let request = if self.dice.roll(2) == 0 {
            let logout = app.request(Method::POST, "/v1/logout");
            logout.bearer_auth(&one.access_token)
        } else {
            let revoke = admin.request(Method::POST, "/revoke");
            revoke.json(&json!({"sid": one.session_id}))
        };
        acknowledged(&request.send().await.ok()?, order, begun);
        (one.access, one.refresh) = (Fate::Dead, Fate::Dead);
        Some(())
    }

    /// A revocation by `jti`: the session goes on.
    async fn end_token(&mut self, admin: &Admin<'_>, order: &Order) -> Option<()> {
        let index = self.pick();
        let one = &mut self.known[index];
        one.access = Fate::Unknown;
        let begun = order.next.load(Ordering::SeqCst);
        let body = json!({"jti": claims(&one.access_token)["jti"]});
        let request = admin.request(Method::POST, "/revoke").json(&body);
        acknowledged(&request.send().await.ok()?, order, begun);
        one.access = Fate::Dead;
        Some(())
    }

    /// A revocation by subject, a ban that ends the load, or a new password.
    async fn end_all(&mut self, admin: &Admin<'_>, order: &Order) -> Option<()> {
        let was_live = |fate: &mut Fate| {
            if *fate == Fate::Live {
                *fate = Fate::Unknown;
            }
        };
        for one in &mut self.known {
            was_live(&mut one.access);
            was_live(&mut one.refresh);
        }
        let begun = order.next.load(Ordering::SeqCst);
        let what = self.dice.roll(4);
        let request = match what {
            0 => {
                self.ban = Fate::Unknown;
                let path = format!("/subjects/{}/ban", self.sub);
                admin.request(Method::POST, &path).json(&json!({}))
            }
            1 => {
                let next = format!("new s3cret {}", self.dice.roll(u64::MAX));
                let path = format!("/users/{}", self.sub);
                let body = json!({"password": next});
                self.next_password = Some(next);
                admin.request(Method::PATCH, &path).json(&body)
            }
            _ => {
                let body = json!({"subject": self.sub});
                admin.request(Method::POST, "/revoke").json(&body)
            }
        };
        acknowledged(&request.send().await.ok()?, order, begun);
        for one in &mut self.known {
            (one.access, one.refresh) = (Fate::Dead, Fate::Dead);
        }
        if let Some(password) = self.next_password.take() {
            self.password = password;
        }
        if what == 0 {
            self.ban = Fate::Live;
            return None;
        }
        Some(())
    }

    /// Compares with what a service that was started again says; gives how many log-ins are lost.
    pub(super) async fn check(&self, app: &App, order: &Order) -> usize {
        let mut lost = 0;
        let safe = order.safe.load(Ordering::SeqCst);
        for one in &self.known {
            let status = app.status_of(&one.access_token).await;
            match one.access {
                Fate::Dead => assert_eq!(status, 401, "{}: a dead token lives", self.name),
                Fate::Live if one.at < safe => assert_eq!(status, 200, "{}: lost", self.name),
                Fate::Live => lost += usize::from(status != 200),
                Fate::Unknown => {}
            }
            assert!([200, 401].contains(&status), "{status}");
            if one.refresh == Fate::Dead {
                assert_eq!(app.refresh(&one.refresh_token).await.status(), 401);
            }
        }
        self.check_log_in(app).await;
        lost
    }

    async fn check_log_in(&self, app: &App) {
        let answer = app.login(&self.credentials(&self.password)).await;
        let (status, text) = (answer.status().as_u16(), answer.text().await.unwrap());
        let expected: &[u16] = match (self.ban, &self.next_password) {
            (Fate::Live, _) => &[403],
            (Fate::Unknown, _) => &[200, 403],
            (Fate::Dead, Some(_)) => &[200, 401],
            (Fate::Dead, None) => &[200],
        };
        assert!(expected.contains(&status), "{}: {status} {text}", self.name);
    }

    /// Makes a user of it again of whom everything is known; what is dead stays so.
    pub(super) async fn settle(&mut self, admin: &Admin<'_>) {
        let ban = format!("/subjects/{}/ban", self.sub);
        assert_eq!(admin.delete(&ban).await.status(), 204);
        let body = json!({"password": self.password});
        let user = format!("/users/{}", self.sub);
        assert_eq!(admin.patch(&user, &body).await.status(), 200);
        (self.ban, self.next_password) = (Fate::Dead, None);
        for one in &mut self.known {
            (one.access, one.refresh) = (Fate::Dead, Fate::Dead);
        }
        // Each round looks at the last ones again.
        let old = self.known.len().saturating_sub(20);
        self.known.drain(..old);
    }

    fn pick(&mut self) -> usize {
        let live: Vec<_> = (0..self.known.len())
            .filter(|index| self.known[*index].access == Fate::Live)
            .collect();
        live[usize::try_from(self.dice.roll(live.len() as u64)).unwrap()]
    }

    fn credentials(&self, password: &str) -> Value {
        json!({"username": self.name, "password": password})
    }
}

/// Takes the answer to something that ends tokens.
fn acknowledged(answer: &Response, order: &Order, begun: u64) {
    assert!(answer.status().is_success(), "{}", answer.status());
    assert_eq!(header(answer, "jotleash-durability"), "fsynced");
    order.safe.fetch_max(begun, Ordering::SeqCst);
    order.acknowledged.fetch_add(1, Ordering::SeqCst);
}
