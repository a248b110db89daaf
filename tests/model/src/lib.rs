//! The protocol that keeps an acknowledged revocation in force, as a model for `stateright`.
//!
//! Three nodes of Redis (at the start a primary and its two replicas), two instances of jotleash,
//! and one token that may be revoked. The world is as bad as it can be: nothing that could be sent
//! has to arrive, so a cut link, a frozen process and a lost message are steps that are not taken;
//! a node that is killed comes back with its file, which is as old as it likes, or never does
//! anything again; any replica may be promoted at any time.
//!
//! Two promises are looked at. **R1**: after a 200 no verification accepts the token. **R6**, where
//! nodes are elected: once the newest primary has acknowledged a revocation, 202 too, no instance
//! accepts the token later than one read lease afterwards. What the protocol does is in [`Action`],
//! and what can be left out of it in [`Fault`]. `docs/failover.md` tells what the model taught.
#![forbid(unsafe_code)]

mod action;
mod check;
mod choices;
mod explored;
mod promises;
mod protocol;
mod state;
mod steps;

pub use action::Action;
pub use check::{FAULTS, Found, Search, WHOLE};
pub use protocol::{Fault, Promotion, Protocol, Start};
pub use state::{Beat, Data, Instance, Node, Role, State};
