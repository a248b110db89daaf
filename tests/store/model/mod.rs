//! Random sequences of verbs, on a backend and on a model that fits on a page: every answer must
//! be the same, and after every step the same things must be alive.

mod reference;
mod step;
mod verbs;

use proptest::collection::vec;
use proptest::strategy::Strategy as _;
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use tokio::runtime::Builder;

use self::reference::Model;
use self::step::{Step, step};
use crate::suite::Harness;

/// Whether a sequence lets time pass: only where the tests have the clock in hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Passing {
    /// Seconds to minutes may pass between two steps.
    Time,
    /// Nothing expires within a sequence.
    Nothing,
}

/// Runs this many sequences on one store.
pub(crate) fn agree(factory: impl AsyncFn() -> Harness, passing: Passing, sequences: u32) {
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    let harness = runtime.block_on(factory());
    let config = Config {
        cases: sequences,
        failure_persistence: None,
        ..Config::default()
    };
    let steps = vec(step(), 1..60).prop_map(move |mut steps| {
        steps.retain(|step| passing == Passing::Time || !matches!(step, Step::Pass(_)));
        steps
    });
    let outcome = TestRunner::new(config).run(&steps, |steps| {
        runtime.block_on(follow(&harness, passing, &steps))
    });
    // Its message holds the shortest sequence that does not agree.
    outcome.unwrap_or_else(|error| panic!("{error}"));
}

async fn follow(h: &Harness, passing: Passing, steps: &[Step]) -> Result<(), TestCaseError> {
    let mut model = Model::new(h, passing);
    for (number, step) in steps.iter().enumerate() {
        model
            .take(h, step)
            .await
            .map_err(|error| TestCaseError::fail(format!("step {number}, {step:?}: {error}")))?;
    }
    Ok(())
}
