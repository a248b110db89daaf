//! Users are created and deleted in several steps, because a name and a user lie in different slots.
//! Here the steps of several who want one name are played in one order after the other.

use std::sync::Arc;

use jotleash::store::redis::RedisStore;
use jotleash::store::{Store as _, StoreError, UserRecord, Write};
use redis::Connection;
use tokio::task::JoinHandle;

use crate::gate::{Gate, Verdict};
use crate::redis_server::RedisServer;
use crate::support::{cause, subject, user};

/// How often one is interrupted to let another go on, at most. Each race that we know of needs two.
const INTERRUPTIONS: usize = 4;

/// What one of them does, with the subject of its user.
#[derive(Debug, Clone, Copy)]
enum Act {
    Create(&'static str),
    Delete(&'static str),
}
use Act::{Create, Delete};

/// The name that all want in one play, and the subjects, which are other ones in each play.
#[derive(Debug, Clone)]
struct Scene(usize);

impl Scene {
    fn name(&self) -> String {
        format!("name{}", self.0)
    }

    fn user(&self, who: &str) -> UserRecord {
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
    fn users(&self, raw: &mut Connection, subjects: &[&'static str]) -> Vec<&'static str> {
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
struct Actor {
    store: Arc<RedisStore>,
    gate: Gate,
    task: Option<JoinHandle<Vec<bool>>>,
    outcomes: Vec<bool>,
}

impl Actor {
    async fn new(server: &RedisServer) -> Self {
        let (store, gate) = Gate::before(server).await;
        Self {
            store,
            gate,
            task: None,
            outcomes: Vec::new(),
        }
    }

    /// Starts, up to the first command. What fails ends it, as a crash would.
    async fn start(&mut self, scene: &Scene, acts: &'static [Act]) {
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
    async fn step(&mut self, verdict: Verdict) {
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

    fn is_done(&self) -> bool {
        self.task.is_none()
    }

    /// Performs with the gate open.
    async fn at_once(&self, scene: &Scene, act: Act) -> bool {
        scene.perform(&self.store, act).await.unwrap()
    }
}

/// Who acts when: where there is a choice, which one of how many was taken.
#[derive(Debug, Default)]
struct Script(Vec<(usize, usize)>);

impl Script {
    /// The next one in order, if this was not the last.
    fn next(mut self) -> Option<Self> {
        while let Some((taken, choices)) = self.0.pop() {
            if taken + 1 < choices {
                self.0.push((taken + 1, choices));
                return Some(self);
            }
        }
        None
    }
}

/// What has happened before the actors come in.
#[derive(Debug, Clone, Copy)]
enum Before {
    Nothing,
    /// This one's user was created.
    Created(&'static str),
    /// This one's creation was cut off after so many steps.
    CutOff(&'static str, usize),
}

/// A play and its stage.
struct Stage {
    server: RedisServer,
    raw: Connection,
    actors: Vec<Actor>,
    plays: usize,
}

impl Stage {
    async fn new(actors: usize) -> Self {
        let server = RedisServer::start();
        let mut stage = Self {
            raw: server.raw(),
            server,
            actors: Vec::new(),
            plays: 0,
        };
        for _ in 0..actors {
            stage.actors.push(Actor::new(&stage.server).await);
        }
        stage
    }

    async fn prepare(&mut self, before: Before) -> Scene {
        self.plays += 1;
        let scene = Scene(self.plays);
        match before {
            Before::Nothing => {}
            Before::Created(who) => assert!(self.actors[0].at_once(&scene, Create(who)).await),
            Before::CutOff(who, steps) => {
                let acts = if who == "a" {
                    &[Create("a")]
                } else {
                    &[Create("c")]
                };
                let actor = &mut self.actors[0];
                actor.start(&scene, acts).await;
                for _ in 0..steps {
                    actor.step(Verdict::Pass).await;
                }
                while !actor.is_done() {
                    actor.step(Verdict::Lose).await;
                }
            }
        }
        scene
    }

    /// Plays by a script, and writes down the choices that it left open.
    async fn play(&mut self, scene: &Scene, acts: &[&'static [Act]], script: &mut Script) {
        for (actor, acts) in self.actors.iter_mut().zip(acts) {
            actor.start(scene, acts).await;
        }
        let (mut current, mut interruptions, mut at) = (0, 0, 0);
        loop {
            let mut able: Vec<usize> = (0..self.actors.len()).collect();
            able.retain(|&actor| !self.actors[actor].is_done());
            // Whoever has just acted comes first: to let it go on interrupts nobody.
            able.sort_by_key(|&actor| actor != current);
            let goes_on = able.first() == Some(&current);
            let choices = match able.len() {
                0 => return,
                _ if goes_on && interruptions == INTERRUPTIONS => 1,
                able => able,
            };
            if choices > 1 {
                if at == script.0.len() {
                    script.0.push((0, choices));
                }
                let taken = script.0[at].0;
                at += 1;
                interruptions += usize::from(goes_on && taken > 0);
                current = able[taken];
            } else {
                current = able[0];
            }
            self.actors[current].step(Verdict::Pass).await;
            scene.users(&mut self.raw, &["a", "b", "c"]);
        }
    }

    /// Plays in every order, and looks at the end: whoever was told that its user is there has it,
    /// and has its name alone. Where `somebody` should, one does.
    async fn explore(&mut self, before: Before, acts: &[&'static [Act]], somebody: bool) {
        let mut script = Some(Script::default());
        let plays = self.plays;
        while let Some(mut now) = script.take() {
            let scene = self.prepare(before).await;
            self.play(&scene, acts, &mut now).await;
            let there = scene.users(&mut self.raw, &["a", "b", "c"]);
            let told = format!("{now:?} {before:?} {acts:?}: {there:?}");
            assert!(there.len() <= 1, "{told}");
            assert!(!somebody || there.len() == 1, "{told}");
            let found = self.actors[0].store.user_by_name(&scene.name()).await;
            let found = found.unwrap().map(|user| user.sub);
            let expected = there.first().map(|who| scene.user(who).sub);
            assert_eq!(found, expected, "{told}");
            self.check_outcomes(acts, &there, &told);
            script = now.next();
        }
        assert!(self.plays - plays > 20, "there are many orders");
    }

    fn check_outcomes(&self, acts: &[&'static [Act]], there: &[&str], told: &str) {
        let mut created = Vec::new();
        let mut deleted = Vec::new();
        for (actor, acts) in self.actors.iter().zip(acts) {
            assert_eq!(actor.outcomes.len(), acts.len(), "{told}");
            for (act, done) in acts.iter().zip(&actor.outcomes) {
                match act {
                    Create(who) if *done => created.push(*who),
                    Delete(who) if *done => deleted.push(*who),
                    Create(_) | Delete(_) => {}
                }
            }
        }
        if deleted.is_empty() {
            assert!(created.len() <= 1, "{told}");
            assert!(created.iter().all(|who| there.contains(who)), "{told}");
        }
    }
}

#[tokio::test]
async fn of_two_who_want_one_name_one_gets_it_in_whatever_order_they_come() {
    let mut stage = Stage::new(2).await;
    let acts: [&[Act]; 2] = [&[Create("a")], &[Create("b")]];
    stage.explore(Before::Nothing, &acts, true).await;
    for steps in 1..3 {
        // Another one's, and one's own.
        stage.explore(Before::CutOff("c", steps), &acts, true).await;
        stage.explore(Before::CutOff("a", steps), &acts, true).await;
    }
}

#[tokio::test]
async fn a_user_who_is_created_twice_at_once_is_created_once_in_whatever_order() {
    let mut stage = Stage::new(2).await;
    let acts: [&[Act]; 2] = [&[Create("a")], &[Create("a")]];
    stage.explore(Before::Nothing, &acts, true).await;
    stage.explore(Before::CutOff("c", 2), &acts, true).await;
}

#[tokio::test]
async fn a_name_that_is_freed_and_wanted_again_has_one_owner_in_whatever_order() {
    let mut stage = Stage::new(2).await;
    let before = Before::Created("a");
    let again: &[Act] = &[Delete("a"), Create("a")];
    stage.explore(before, &[again, &[Create("b")]], true).await;
    stage.explore(before, &[again, &[Delete("a")]], false).await;
    stage
        .explore(before, &[&[Delete("a")], &[Create("b")]], false)
        .await;
}

#[tokio::test]
async fn wherever_a_creation_or_a_deletion_stops_the_name_is_its_users_or_can_be_had() {
    let mut stage = Stage::new(1).await;
    let cases: [(Before, &[Act]); 4] = [
        (Before::Nothing, &[Create("a")]),
        (Before::CutOff("c", 2), &[Create("a")]),
        (Before::CutOff("a", 2), &[Create("a")]),
        (Before::Created("a"), &[Delete("a")]),
    ];
    for (before, acts) in cases {
        for next in ["a", "b"] {
            let mut steps = 0;
            while stage.stop_after(steps, before, acts, next).await {
                steps += 1;
            }
            assert!(steps > 2, "{before:?} {acts:?}: {steps} steps");
        }
    }
}

impl Stage {
    /// Stops after so many steps, and has the next one create a user; `false` if there are not so
    /// many steps.
    async fn stop_after(
        &mut self,
        steps: usize,
        before: Before,
        acts: &'static [Act],
        next: &'static str,
    ) -> bool {
        let scene = self.prepare(before).await;
        let actor = &mut self.actors[0];
        actor.start(&scene, acts).await;
        for _ in 0..steps {
            if actor.is_done() {
                return false;
            }
            actor.step(Verdict::Pass).await;
        }
        while !actor.is_done() {
            actor.step(Verdict::Lose).await;
        }
        let there = scene.users(&mut self.raw, &["a", "b", "c"]);
        let found = self.actors[0].store.user_by_name(&scene.name()).await;
        assert_eq!(found.unwrap().is_some(), !there.is_empty());
        let created = self.actors[0].at_once(&scene, Create(next)).await;
        assert_eq!(created, there.is_empty(), "after {steps} of {acts:?}");
        assert_eq!(scene.users(&mut self.raw, &["a", "b", "c"]).len(), 1);
        true
    }
}
