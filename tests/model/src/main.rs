//! Prints what the checker finds: each fault with the run that shows it, and how far the protocol
//! as it is was searched without finding any.

use std::env;
use std::process::ExitCode;

use jotleash_model::{FAULTS, Protocol, Search, WHOLE};

/// The longest counterexample that is looked for.
const LONGEST: usize = 8;

fn main() -> ExitCode {
    let deeper = match env::args().nth(1).as_deref() {
        None => 0,
        Some("--deep") => 1,
        Some(_) => {
            eprintln!("usage: jotleash-model [--deep]");
            return ExitCode::from(2);
        }
    };
    let mut passed = true;
    println!("Left out, and the shortest run in which a promise then breaks:");
    for (fault, promise, start, promotion) in FAULTS {
        let found = fault.shortest(start, promotion, LONGEST);
        match found.and_then(|found| found.broken) {
            // The run is taken once more, step by step: the checker's word is not enough.
            Some((broken, run))
                if broken == promise
                    && Protocol::new(Some(fault), start, promotion).breaks(promise, &run) =>
            {
                println!("  {fault:?}: {broken} breaks in {} steps", run.len());
                for action in run {
                    println!("      {action}");
                }
            }
            other => {
                passed = false;
                println!("  {fault:?}: NOT FOUND in {LONGEST} steps ({other:?})");
            }
        }
    }
    println!("Nothing left out, every run of so many steps:");
    for (promises, start, promotion, steps) in WHOLE {
        let steps = steps + deeper;
        let protocol = Protocol::new(None, start, promotion);
        let found = Search { protocol, steps }.run();
        let verdict = match (&found.broken, found.missing.as_slice()) {
            (None, []) => "holds".to_owned(),
            (Some((name, run)), _) => format!("BROKEN: {name} by {run:?}"),
            (None, missing) => format!("NOTHING SHOWN: no run has {missing:?}"),
        };
        passed &= verdict == "holds";
        println!(
            "  {promises} from {start:?}, promotion {promotion:?}: {steps} steps, {} states: {verdict}",
            found.states
        );
    }
    if passed {
        println!("model: all is well");
        ExitCode::SUCCESS
    } else {
        println!("model: FAILED");
        ExitCode::FAILURE
    }
}
