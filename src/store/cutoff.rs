//! Cut-offs: everything of a kind that began up to a moment is dead, wherever its keys lie.

use std::collections::BTreeMap;

#[cfg(any(feature = "embedded", feature = "redis"))]
use serde::{Deserialize, Serialize};

/// How far the clocks of two instances may differ, in seconds: what began so little after a
/// cut-off dies with it.
pub const CUT_OFF_SLACK: u64 = 5;

/// How long after it was read, in milliseconds, an instance may go by a copy of the cut-offs. One that cannot read
/// them anew in that time says that it does not know.
pub const CUT_OFFS_MAX_AGE_MILLIS: u64 = 1_000;

/// What a cut-off ends.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum CutOffOf {
    /// Everything.
    Everything,
    /// The sessions and tokens of a client, by its id.
    Client(String),
    /// The tokens that a key signed, by its `kid`, whenever they began.
    Key(String),
}

/// Without a backend nothing is kept.
#[cfg(any(feature = "embedded", feature = "redis"))]
impl CutOffOf {
    /// The name that it is kept under.
    pub(super) fn name(&self) -> String {
        match self {
            Self::Everything => "all".to_owned(),
            Self::Client(id) => format!("client:{id}"),
            Self::Key(kid) => format!("key:{kid}"),
        }
    }

    /// What [`CutOffOf::name`] wrote.
    pub(super) fn parse(name: &str) -> Option<Self> {
        match name.split_once(':') {
            None if name == "all" => Some(Self::Everything),
            Some(("client", id)) => Some(Self::Client(id.to_owned())),
            Some(("key", kid)) => Some(Self::Key(kid.to_owned())),
            _ => None,
        }
    }
}

/// A cut-off to be imposed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CutOff {
    /// What it ends.
    pub of: CutOffOf,
    /// What began up to this second is dead, and up to [`CUT_OFF_SLACK`] after it.
    pub at: u64,
    /// When everything that it ends would have expired by itself, Unix seconds: it is kept so
    /// long.
    pub until: u64,
}

/// When a cut-off was set, and how long it is kept.
#[cfg(any(feature = "embedded", feature = "redis"))]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Moment {
    pub(super) at: u64,
    pub(super) until: u64,
}

/// The cut-offs that stand.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CutOffs {
    everything: Option<u64>,
    clients: BTreeMap<String, u64>,
    keys: BTreeMap<String, u64>,
}

impl CutOffs {
    /// Adds one. A later moment stands, an earlier one changes nothing.
    pub(super) fn add(&mut self, of: CutOffOf, at: u64) {
        let later = |old: &mut u64| *old = at.max(*old);
        match of {
            CutOffOf::Everything => self.everything = self.everything.max(Some(at)),
            CutOffOf::Client(id) => later(self.clients.entry(id).or_insert(at)),
            CutOffOf::Key(kid) => later(self.keys.entry(kid).or_insert(at)),
        }
    }

    /// Whether what a client was given is dead. `began` is the start of its session (`auth_time`),
    /// or the `iat` of a token that has none.
    pub fn cover(&self, client_id: &str, began: u64) -> bool {
        self.blocked_until(client_id)
            .is_some_and(|end| began <= end)
    }

    /// Whether somebody's, or everybody's, that began then is dead.
    pub fn reach(&self, began: u64) -> bool {
        let all = self.everything.iter().chain(self.clients.values());
        all.max()
            .is_some_and(|at| began <= at.saturating_add(CUT_OFF_SLACK))
    }

    /// Whether a key's tokens are dead.
    pub fn cover_key(&self, kid: &str) -> bool {
        self.keys.contains_key(kid)
    }

    /// The last second in which something issued to this client would be born dead.
    pub fn blocked_until(&self, client_id: &str) -> Option<u64> {
        let client = self.clients.get(client_id).copied();
        let last = client.max(self.everything)?;
        Some(last.saturating_add(CUT_OFF_SLACK))
    }
}

impl From<&CutOff> for CutOffs {
    /// This one alone.
    fn from(cut_off: &CutOff) -> Self {
        let mut alone = Self::default();
        alone.add(cut_off.of.clone(), cut_off.at);
        alone
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut_offs(all: &[(CutOffOf, u64)]) -> CutOffs {
        let mut cut_offs = CutOffs::default();
        for (of, at) in all {
            cut_offs.add(of.clone(), *at);
        }
        cut_offs
    }

    fn client(id: &str) -> CutOffOf {
        CutOffOf::Client(id.to_owned())
    }

    #[test]
    fn what_began_up_to_five_seconds_after_is_dead_and_what_began_later_is_not() {
        let all = cut_offs(&[(CutOffOf::Everything, 1_000)]);
        assert!(all.cover("anyone", 1) && all.cover("anyone", 1_005));
        assert!(!all.cover("anyone", 1_006));
        let one = cut_offs(&[(client("front"), 1_000)]);
        assert!(one.cover("front", 1_005));
        assert!(!one.cover("front", 1_006) && !one.cover("back", 1_000));
    }

    #[test]
    fn the_latest_moment_stands() {
        let twice = cut_offs(&[(client("front"), 1_000), (client("front"), 900)]);
        assert_eq!(twice.blocked_until("front"), Some(1_005));
        let both = cut_offs(&[(client("front"), 1_000), (CutOffOf::Everything, 2_000)]);
        assert_eq!(both.blocked_until("front"), Some(2_005));
        assert_eq!(both.blocked_until("back"), Some(2_005));
        let none = CutOffs::default();
        assert_eq!(none.blocked_until("front"), None);
        assert!(!none.cover("front", 0) && !none.reach(0));
        assert!(twice.reach(1_005) && !twice.reach(1_006) && both.reach(2_005));
    }

    #[test]
    fn a_keys_cut_off_ends_its_tokens_and_nothing_else() {
        let keys = cut_offs(&[(CutOffOf::Key("k1".to_owned()), 1_000)]);
        assert!(keys.cover_key("k1") && !keys.cover_key("k2"));
        assert!(!keys.cover("front", 1));
    }

    #[cfg(any(feature = "embedded", feature = "redis"))]
    #[test]
    fn a_name_is_read_as_it_was_written() {
        let odd = client("https://a:b/client:x");
        for of in [
            CutOffOf::Everything,
            client("front"),
            odd,
            CutOffOf::Key("k".to_owned()),
        ] {
            assert_eq!(CutOffOf::parse(&of.name()), Some(of));
        }
        for none in ["", "everything", "user:x"] {
            assert_eq!(CutOffOf::parse(none), None);
        }
    }
}
