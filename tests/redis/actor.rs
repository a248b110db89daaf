//! Those who want a name, and act step by step.

use std::sync::Arc;

use jotleash::store::redis::RedisStore;
use jotleash::store::{Store as _, StoreError, UserRecord, Write};
use redis::Connection;
use tokio::task::JoinHandle;

use crate::gate::{Gate, Verdict};
use crate::redis_server::RedisServer;
use crate::support::{cause, subject, user};

/// What one of them does, with the subject of its user.
#[derive(Debug, Clone, Copy)]
pub enum Act {
    Create(&'static str),
    Delete(&'static str),
}
use Act::{Create, Delete};

/// The name that all want in one play, and the subjects, which are other ones in each play.
#[derive(Debug, Clone)]
pub struct Scene(pub usize);

impl Scene {
    pub fn name(&self) -> String {
        format!("name{}", self.0)
    }

    pub fn user(&self, who: &str) -> UserRecord {
        let mut user = user(&format!("{who}{}", self.0));
        user.username = self.name();
        user
    }

    /// Performs; the answer is whether it was done.
    async fn perform(&self, store: &RedisStore, act: Act) -> Result<bool, StoreError> {
        match act {
            Create(who) => {
                let written = store.create_user(&self.user(who)).await?;
                Ok(matches!(written, Write::Done(_)))
            }
            Delete(who) => {
                let slot = self.user(who).sub.slot();
                let ended = store.delete_user(&slot, &cause()).await?;
                Ok(ended.is_some())
            }
        }
    }

    /// Which of these subjects have a user. None has one that its name does not lead to: whenever
    /// everything stopped here, whoever is there could log in.
    pub fn users(&self, raw: &mut Connection, subjects: &[&'static str]) -> Vec<&'static str> {
        let tag = subject(&self.name()).slot();
        let claim: Option<String> = get(raw, &["GET", &format!("jl:n:{tag}")]);
        let mut there = Vec::new();
        for who in subjects {
            let sub = self.user(who).sub;
            let key = format!("jl:{{{}}}:u", sub.slot());
            if get::<Option<String>>(raw, &["HGET", &key, "username"]).is_some() {
                let claim = claim.as_deref().unwrap_or_default();
                let holder = claim.split('?').next().unwrap();
                assert_eq!(holder, sub.as_str(), "a user whose name is another's");
                there.push(*who);
            }
        }
        there
    }
}

fn get<T: redis::FromRedisValue>(raw: &mut Connection, words: &[&str]) -> T {
    let mut command = redis::cmd(words[0]);
    command.arg(&words[1..]).query(raw).unwrap()
}

/// One who acts behind a gate of its own.
pub struct Actor {
    pub store: Arc<RedisStore>,
    gate: Gate,
    task: Option<JoinHandle<Vec<bool>>>,
    pub outcomes: Vec<bool>,
}

impl Actor {
    pub async fn new(server: &RedisServer) -> Self {
        let (store, gate) = Gate::before(server).await;
        Self {
            store,
            gate,
            task: None,
            outcomes: Vec::new(),
        }
    }

    /// Starts, up to the first command. What fails ends it, as a crash would.
    pub async fn start(&mut self, scene: &Scene, acts: &'static [Act]) {
        self.gate.set_shut(true);
        let (store, scene) = (Arc::clone(&self.store), scene.clone());
        self.task = Some(tokio::spawn(async move {
            let mut outcomes = Vec::new();
            for act in acts {
                match scene.perform(&store, *act).await {
                    Ok(done) => outcomes.push(done),
                    Err(_) => break,
                }
            }
            outcomes
        }));
        self.settle().await;
    }

    /// The command that waits goes on; waits for the next one or the end.
    pub async fn step(&mut self, verdict: Verdict) {
        self.gate.decide(verdict);
        self.settle().await;
    }

    async fn settle(&mut self) {
        let task = self.task.as_mut().unwrap();
        tokio::select! {
            () = self.gate.arrival() => {}
            outcomes = task => {
                self.outcomes = outcomes.unwrap();
                self.task = None;
                self.gate.set_shut(false);
            }
        }
    }

    pub fn is_done(&self) -> bool {
        self.task.is_none()
    }

    /// Performs with the gate open.
    pub async fn at_once(&self, scene: &Scene, act: Act) -> bool {
        scene.perform(&self.store, act).await.unwrap()
    }
}
