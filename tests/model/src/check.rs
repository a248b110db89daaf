//! Runs the checker and reads what it found.

use stateright::{Checker as _, Expectation, HasDiscoveries, Model as _};

use crate::{Action, Fault, Promotion, Protocol, Start, State};

/// What was looked at, and how far.
#[derive(Clone, Copy, Debug)]
pub struct Search {
    /// The protocol.
    pub protocol: Protocol,
    /// Every run of so many steps, and every shorter one.
    pub steps: usize,
}

/// What was found.
#[derive(Debug)]
pub struct Found {
    /// A promise that does not hold, with a run that shows it.
    pub broken: Option<(&'static str, Vec<Action>)>,
    /// What no run showed, though the protocol should make it possible: the search says nothing.
    pub missing: Vec<&'static str>,
    /// How many different states there were.
    pub states: usize,
}

impl Search {
    /// Looks at every run. One thread: several would reach a state by a detour first, and cut off
    /// what lies behind it.
    pub fn run(&self) -> Found {
        // The checker counts states where we count steps, and does not judge those at its limit.
        let limit = self.steps + 2;
        let checker = self.protocol.checker().threads(1).target_max_depth(limit);
        let checker = checker.finish_when(HasDiscoveries::AnyFailures);
        let checker = checker.spawn_bfs().join();
        let mut found = Found {
            broken: None,
            missing: Vec::new(),
            states: checker.unique_state_count(),
        };
        let mut discoveries = checker.discoveries();
        for property in self.protocol.properties() {
            let path = discoveries.remove(property.name);
            match (property.expectation, path) {
                (Expectation::Sometimes, None) => found.missing.push(property.name),
                (Expectation::Always, Some(path)) => {
                    found.broken = Some((property.name, self.protocol.named(&path.into_states())));
                }
                _ => {}
            }
        }
        found
    }
}

impl Protocol {
    /// The actions of a run, with one name for each node and instance from its beginning to its
    /// end.
    fn named(&self, canonical: &[State]) -> Vec<Action> {
        let plain = Self {
            canonical: false,
            ..*self
        };
        let mut state = canonical[0];
        let mut run = Vec::new();
        for next in &canonical[1..] {
            let leads_there = |step: &(Action, State)| step.1.canonical() == *next;
            let (action, after) = plain
                .next_steps(&state)
                .into_iter()
                .find(leads_there)
                .expect("a canonical state stands for states that take the same steps");
            run.push(action);
            state = after;
        }
        run
    }
}

/// The protocol as it is, from each beginning, with the promise that is looked at; and how many
/// steps are looked at in a few minutes.
pub const WHOLE: [(&str, Start, Promotion, usize); 4] = [
    ("R1", Start::Live, Promotion::Arbitrary, 8),
    ("R1", Start::Revoked, Promotion::Arbitrary, 8),
    ("R1, R6", Start::Live, Promotion::Elected, 7),
    ("R1, R6", Start::Replaced, Promotion::Elected, 8),
];

/// What is left out, the promise that breaks, from which beginning, and who is promoted.
pub const FAULTS: [(Fault, &str, Start, Promotion); 8] = [
    (Fault::NoWait, "R1", Start::Live, Promotion::Arbitrary),
    (Fault::NoFence, "R1", Start::Revoked, Promotion::Arbitrary),
    (Fault::NoLease, "R6", Start::Replaced, Promotion::Elected),
    (
        Fault::TailVouches,
        "R1",
        Start::Revoked,
        Promotion::Arbitrary,
    ),
    (
        Fault::RestartedNodeVouches,
        "R1",
        Start::Revoked,
        Promotion::Arbitrary,
    ),
    (
        Fault::BeatBeforeTheFence,
        "R1",
        Start::Revoked,
        Promotion::Arbitrary,
    ),
    (
        Fault::ConnectionsOutliveTheRole,
        "R1",
        Start::Revoked,
        Promotion::Arbitrary,
    ),
    (
        Fault::AcknowledgedWithoutLease,
        "R6",
        Start::Live,
        Promotion::Elected,
    ),
];

impl Fault {
    /// The shortest run in which the promise breaks, if one of so many steps does.
    pub fn shortest(self, start: Start, promotion: Promotion, most: usize) -> Option<Found> {
        let protocol = Protocol::new(Some(self), start, promotion);
        (1..=most)
            .map(|steps| Search { protocol, steps }.run())
            .find(|found| found.broken.is_some())
    }
}
