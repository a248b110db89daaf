//! The protocol: what may be left out of it, where it begins, who is promoted.

use crate::Action;

/// A part of the protocol that is left out, to see that the checker misses it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// 200 without waiting for the replicas.
    NoWait,
    /// An instance answers from a history that nobody has fenced.
    NoFence,
    /// An instance answers however old its last acknowledged heartbeat is.
    NoLease,
    /// An instance that has read the stream of the history before vouches for a new one, whatever
    /// node it begins on.
    TailVouches,
    /// A revocation is acknowledged by a primary whose replicas need not follow it.
    AcknowledgedWithoutLease,
    /// A node's connections outlive its change from primary to replica.
    ConnectionsOutliveTheRole,
    /// The process that is promoted may have been restarted since the last heartbeat.
    RestartedNodeVouches,
    /// A heartbeat is written into a history before it is fenced.
    BeatBeforeTheFence,
}

/// Where a run begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// The token is live and nobody has asked for its end.
    Live,
    /// Its revocation has just been answered 200, and nothing but the memory of the nodes holds it.
    Revoked,
    /// It is live, and a new primary has one of the replicas and one of the instances; the other
    /// instance is still at the old one.
    Replaced,
}

impl Start {
    /// The steps that lead there from a primary with two replicas and two instances.
    pub(crate) fn steps(self) -> &'static [Action] {
        match self {
            Self::Live => &[],
            Self::Revoked => &[
                Action::Revoke(0),
                Action::Copy(1),
                Action::Copy(2),
                Action::Answer200(0),
                Action::RestartInstance(0),
                Action::Connect(0, 0),
            ],
            Self::Replaced => &[
                Action::Promote(1),
                Action::Follow(2, 1),
                Action::Connect(1, 1),
                Action::Beat(1, Some(2)),
            ],
        }
    }
}

/// Which nodes may be promoted and followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Promotion {
    /// Any replica, at any time, and anything may follow anything.
    Arbitrary,
    /// Any replica, at any time; from then on nodes turn to the one that was promoted last, as
    /// Sentinel and Cluster have it.
    Elected,
}

/// The protocol, whole or with a fault.
#[derive(Clone, Copy, Debug)]
pub struct Protocol {
    /// What is left out.
    pub fault: Option<Fault>,
    /// Where it begins.
    pub start: Start,
    /// Who is promoted.
    pub promotion: Promotion,
    /// How many histories there may be: one more than promotions and restarts of primaries.
    pub histories: u8,
    /// Whether states that differ in names only count as one. Off, to print a run.
    pub canonical: bool,
}

impl Protocol {
    /// The protocol, from a beginning: three times may a new history begin.
    pub const fn new(fault: Option<Fault>, start: Start, promotion: Promotion) -> Self {
        Self {
            fault,
            start,
            promotion,
            histories: 4,
            canonical: true,
        }
    }

    pub(crate) fn has(self, fault: Fault) -> bool {
        self.fault == Some(fault)
    }

    /// Time matters to R6 alone, and R6 is promised where nodes are elected.
    pub(crate) fn timed(self) -> bool {
        self.promotion == Promotion::Elected
    }
}
