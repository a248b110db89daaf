//! Every step, on the store and on the model.

use jotleash::store::{
    Action, Advance, Ban, Cause, NewSession, Refusal, Target, UserChange, Write,
};
use proptest::{prop_assert, prop_assert_eq};

use super::reference::{Model, Outcome, Person, Session, session_is_meant};
use super::step::{Counter, Step, Version};
use crate::suite::{Harness, counts, fixture as sample};

impl Model {
    /// Takes a step on both sides and compares.
    pub(crate) async fn take(&mut self, h: &Harness, step: &Step) -> Outcome {
        match *step {
            Step::Open { who, guard, life } => self.open(h, who, guard, life).await?,
            Step::Record { who, guard, life } => self.record(h, who, guard, life).await?,
            Step::RecordAgain { token } => self.record_again(h, token).await?,
            Step::Advance {
                session,
                guard,
                counter,
                life,
            } => self.advance(h, session, guard, counter, life).await?,
            Step::RevokeToken(token) if !self.tokens.is_empty() => {
                let jti = self.tokens[token % self.tokens.len()].entry.jti;
                self.revoke(h, Target::Token(jti)).await?;
            }
            Step::RevokeSession(session) if !self.sids.is_empty() => {
                let sid = self.sids[session % self.sids.len()];
                self.revoke(h, Target::Session(sid)).await?;
            }
            Step::RevokeOthers(session) if !self.sids.is_empty() => {
                let sid = self.sids[session % self.sids.len()];
                self.revoke(h, Target::Others(sid)).await?;
            }
            Step::RevokeSubject(who) => {
                let slot = self.people[who].subject.slot();
                self.revoke(h, Target::Subject(slot)).await?;
            }
            Step::Ban { who, seconds } => self.ban(h, who, seconds).await?,
            Step::Unban(who) => {
                let slot = self.people[who].subject.slot();
                h.store.unban(&slot).await.unwrap();
                self.people[who].ban = None;
            }
            Step::CreateUser(who) => self.create(h, who).await?,
            Step::Change {
                who,
                roles,
                password,
                disabled,
            } => {
                self.change(h, who, &change(roles, password, disabled))
                    .await?;
            }
            Step::DeleteUser(who) => self.delete(h, who).await?,
            Step::Pass(seconds) => h.pass(seconds).await,
            Step::RevokeToken(_) | Step::RevokeSession(_) | Step::RevokeOthers(_) => {}
        }
        self.compare(h).await
    }

    async fn open(&mut self, h: &Harness, who: usize, version: Version, life: u64) -> Outcome {
        let guard = self.guard(who, version);
        let slot = self.people[who].subject.slot();
        let now = h.now();
        let session = NewSession {
            expires_at: now + self.longer + 2 * life,
            ..h.new_session(&self.people[who].subject)
        };
        let access = sample::access(slot, now, now + self.longer + life);
        let answer = h.try_open(&session, &access, &guard).await;
        prop_assert_eq!(&answer, &self.admit(who, &guard, now));
        if answer.is_ok() {
            let opened = Session {
                counter: 0,
                expires_at: session.expires_at,
                revoked: false,
            };
            self.sids.push(session.sid);
            self.sessions.insert(session.sid, opened);
            self.issued(access.entry(), Some(session.sid));
        }
        Ok(())
    }

    async fn record(&mut self, h: &Harness, who: usize, version: Version, life: u64) -> Outcome {
        let guard = self.guard(who, version);
        let now = h.now();
        let slot = self.people[who].subject.slot();
        let entry = sample::access(slot, now, now + self.longer + life).entry();
        let answer = h.try_record(&entry, &guard).await;
        prop_assert_eq!(&answer, &self.admit(who, &guard, now));
        if answer.is_ok() {
            self.issued(entry, None);
        }
        Ok(())
    }

    /// A live `jti` is taken; of a dead one the contract promises less, and nothing is tried.
    async fn record_again(&mut self, h: &Harness, token: usize) -> Outcome {
        let now = h.now();
        let live: Vec<_> = self.tokens.iter().filter(|t| t.lives(now)).collect();
        if live.is_empty() {
            return Ok(());
        }
        let entry = live[token % live.len()].entry.clone();
        let who = self.owner(&entry.jti);
        let guard = self.guard(who, Version::Standing);
        let expected = self.admit(who, &guard, now).and(Err(Refusal::Collision));
        prop_assert_eq!(h.try_record(&entry, &guard).await, expected);
        Ok(())
    }

    async fn advance(
        &mut self,
        h: &Harness,
        session: usize,
        version: Version,
        counter: Counter,
        life: u64,
    ) -> Outcome {
        if self.sids.is_empty() {
            return Ok(());
        }
        let sid = self.sids[session % self.sids.len()];
        let slot = sid.slot();
        let is_owner = |person: &Person| person.subject.slot() == slot;
        let who = self.people.iter().position(is_owner).unwrap();
        let guard = self.guard(who, version);
        let now = h.now();
        let known = &self.sessions[&sid];
        let (expected, next) = match counter {
            Counter::Next => (known.counter, known.counter + 1),
            Counter::Same => (known.counter, known.counter),
            Counter::Jump => (known.counter, known.counter + 7),
            Counter::Lost => (known.counter + 1, known.counter + 2),
        };
        let advance = Advance {
            expected,
            counter: next,
            access: sample::access(slot, now, now + self.longer + life),
            expires_at: now + self.longer + 2 * life,
            ..h.advance(&sid, expected)
        };
        let right = self.admit(who, &guard, now).and_then(|()| {
            if !known.lives(now) {
                Err(Refusal::Gone)
            } else if known.counter == expected {
                Ok(())
            } else {
                Err(Refusal::Lost)
            }
        });
        let answer = h.try_advance(&advance, &guard).await;
        prop_assert_eq!(&answer, &right);
        if answer.is_ok() {
            let known = self.sessions.get_mut(&sid).unwrap();
            if next != expected {
                known.counter = next;
                known.expires_at = advance.expires_at;
            }
            self.issued(advance.access.entry(), Some(sid));
        }
        Ok(())
    }

    async fn revoke(&mut self, h: &Harness, target: Target) -> Outcome {
        let answer = h.revoke(target).await;
        let (tokens, sessions): (Vec<bool>, Vec<bool>) = (
            self.tokens
                .iter()
                .map(|token| token.is_meant(&target))
                .collect(),
            self.sids
                .iter()
                .map(|sid| session_is_meant(sid, &target))
                .collect(),
        );
        prop_assert_eq!(answer, self.end(h.now(), &tokens, &sessions));
        Ok(())
    }

    async fn ban(&mut self, h: &Harness, who: usize, seconds: Option<u64>) -> Outcome {
        let now = h.now();
        let ban = Ban {
            subject: self.people[who].subject.clone(),
            until: seconds.map(|seconds| now + self.longer + seconds),
            reason: None,
            created_at: now,
        };
        let ended = h.store.ban(&ban, &h.cause(Action::Ban)).await.unwrap();
        self.people[who].ban = Some(ban);
        prop_assert_eq!(counts(ended), self.end_all(who, now, true));
        Ok(())
    }

    async fn create(&mut self, h: &Harness, who: usize) -> Outcome {
        let person = &mut self.people[who];
        let mut user = sample::user(&person.subject, h.now());
        let answer = h.store.create_user(&user).await.unwrap();
        prop_assert_eq!(person.user.is_some(), answer == Write::Conflict);
        if let Write::Done(version) = answer {
            prop_assert!(!person.earlier.contains(&version), "given before");
            user.version = version;
            person.earlier.push(0);
            person.user = Some(user);
        }
        Ok(())
    }

    async fn change(&mut self, h: &Harness, who: usize, change: &UserChange) -> Outcome {
        let now = h.now();
        let slot = self.people[who].subject.slot();
        let cause = cause(h);
        let answer = h.store.update_user(&slot, change, &cause).await.unwrap();
        let Some(mut user) = self.people[who].user.take() else {
            prop_assert!(answer.is_none());
            return Ok(());
        };
        let (found, ended) = answer.unwrap();
        let person = &mut self.people[who];
        person.earlier.push(user.version);
        prop_assert!(!person.earlier.contains(&found.version), "given before");
        user.version = found.version;
        user.disabled = change.disabled.unwrap_or(user.disabled);
        user.roles = change.roles.clone().unwrap_or(user.roles);
        user.password_hash = change.password_hash.clone().or(user.password_hash);
        prop_assert!(found == user, "{found:?}");
        person.user = Some(user);
        let right = if change.ends_tokens() {
            self.end_all(who, now, change.ends_sessions())
        } else {
            (0, 0)
        };
        prop_assert_eq!(counts(ended), right);
        Ok(())
    }

    async fn delete(&mut self, h: &Harness, who: usize) -> Outcome {
        let slot = self.people[who].subject.slot();
        let answer = h.store.delete_user(&slot, &cause(h)).await.unwrap();
        let right = self.people[who].user.take().map(|user| {
            self.people[who].earlier.push(user.version);
            self.end_all(who, h.now(), true)
        });
        prop_assert_eq!(answer.map(counts), right);
        Ok(())
    }
}

fn change(roles: bool, password: bool, disabled: Option<bool>) -> UserChange {
    UserChange {
        roles: roles.then(Vec::new),
        password_hash: password.then(|| "$argon2id$new".to_owned()),
        disabled,
    }
}

fn cause(h: &Harness) -> Cause {
    h.cause(Action::Revoke)
}
