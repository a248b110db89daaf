//! What can happen, and in which words it is told.

use std::fmt;

/// One step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// A replica gets all that its primary has, and says so.
    Copy(u8),
    /// A node writes its file.
    Save(u8),
    /// A node is killed and comes back with its file.
    Restart(u8),
    /// A replica becomes a primary.
    Promote(u8),
    /// A node becomes a replica of another.
    Follow(u8, u8),
    /// An instance connects to a primary. It goes on if the history is fenced; else it fences it,
    /// after asserting again what it knows, or after a cut-off where it cannot vouch.
    Connect(usize, u8),
    /// An instance writes its heartbeat; with a number, that replica acknowledges it.
    Beat(usize, Option<u8>),
    /// An instance writes its heartbeat into a primary's history that is not fenced.
    EarlyBeat(u8),
    /// An instance reads the stream.
    Tail(usize),
    /// An instance writes the revocation: entry, and the key's deletion.
    Revoke(usize),
    /// An instance answers 200.
    Answer200(usize),
    /// An instance answers 202, after writing its journal.
    Answer202(usize),
    /// An instance is killed and comes back with its journal.
    RestartInstance(usize),
    /// Time passes.
    Tick,
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Copy(n) => write!(f, "node {n} copies all that its primary has"),
            Self::Save(n) => write!(f, "node {n} writes its file"),
            Self::Restart(n) => write!(f, "node {n} is killed and comes back with its file"),
            Self::Promote(n) => write!(f, "node {n} is promoted"),
            Self::Follow(n, primary) => write!(f, "node {n} becomes a replica of {primary}"),
            Self::Connect(i, n) => write!(f, "instance {i} connects to node {n}"),
            Self::Beat(i, None) => write!(f, "instance {i} writes its heartbeat"),
            Self::Beat(i, Some(n)) => {
                write!(
                    f,
                    "instance {i} writes its heartbeat, node {n} acknowledges it"
                )
            }
            Self::EarlyBeat(n) => write!(f, "a heartbeat is written at node {n}, not yet fenced"),
            Self::Tail(i) => write!(f, "instance {i} reads of the revocation in the stream"),
            Self::Revoke(i) => write!(f, "instance {i} writes the revocation"),
            Self::Answer200(i) => write!(f, "instance {i} answers 200"),
            Self::Answer202(i) => write!(f, "instance {i} answers 202"),
            Self::RestartInstance(i) => write!(f, "instance {i} is killed and starts again"),
            Self::Tick => f.write_str("one lease goes by"),
        }
    }
}
