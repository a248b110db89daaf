//! A stage on which several create and delete users of one name, step by step, in one order after the
//! other.

use jotleash::store::Store as _;
use redis::Connection;

use crate::actor::Act::{self, Create, Delete};
use crate::actor::{Actor, Scene};
use crate::gate::Verdict;
use crate::redis_server::RedisServer;

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
pub enum Before {
    Nothing,
    /// This one's user was created.
    Created(&'static str),
    /// This one's creation was cut off after so many steps.
    CutOff(&'static str, usize),
}

/// A play and its stage.
pub struct Stage {
    server: RedisServer,
    raw: Connection,
    actors: Vec<Actor>,
    plays: usize,
    /// How often one is interrupted to let another go on, at most.
    interruptions: usize,
}

impl Stage {
    pub async fn new(actors: usize, interruptions: usize) -> Self {
        let server = RedisServer::start();
        let mut stage = Self {
            raw: server.raw(),
            server,
            actors: Vec::new(),
            plays: 0,
            interruptions,
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
                _ if goes_on && interruptions == self.interruptions => 1,
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
    pub async fn explore(&mut self, before: Before, acts: &[&'static [Act]], somebody: bool) {
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

    /// Stops after so many steps, and has the next one create a user; `false` if there are not so
    /// many steps.
    pub async fn stop_after(
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
