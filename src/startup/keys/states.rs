//! What `keyring.json` says of the keys, and what it comes to for those that stand in the folder.

use serde::{Deserialize, Serialize};

use super::plan::{KeyState, LEAD, Plan};
use crate::sessions::{KeyChangeError, KeyKind};
use crate::token::MAX_LIFETIME;

/// How much longer than its last token's life a key is kept, in seconds: the clocks of two
/// instances differ, and one may sign with the old key a little longer.
const SLACK: u64 = 60;

/// `keyring.json`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::startup) struct States {
    /// The signing keys, by `kid`.
    #[serde(default)]
    pub(in crate::startup) keys: Plan,
    /// The MAC keys, by their ids.
    #[serde(default, skip_serializing_if = "Plan::is_empty")]
    pub(in crate::startup) mac_keys: Plan,
}

/// The keys that stand in the folder.
pub(super) struct Standing<'a> {
    /// The `kid` of each signing key's file.
    pub(super) kids: Vec<&'a str>,
    /// The id of each MAC key's file.
    pub(super) macs: Vec<&'a str>,
    /// The id of the key in `mac.key`.
    pub(super) first_mac: Option<&'a str>,
}

impl States {
    /// The keys of a kind.
    pub(super) const fn of(&self, kind: KeyKind) -> &Plan {
        match kind {
            KeyKind::Signing => &self.keys,
            KeyKind::Mac => &self.mac_keys,
        }
    }

    /// The keys of a kind, to be changed.
    pub(super) const fn of_mut(&mut self, kind: KeyKind) -> &mut Plan {
        match kind {
            KeyKind::Signing => &mut self.keys,
            KeyKind::Mac => &mut self.mac_keys,
        }
    }

    /// What they come to at a moment, if nobody writes. A replaced MAC key is accepted until it is
    /// retired: what it tagged may be good for months, and nobody is to be logged out unasked.
    pub(super) fn at(&self, now: u64) -> Self {
        Self {
            keys: self.keys.at(now, Some(MAX_LIFETIME + SLACK)),
            mac_keys: self.mac_keys.at(now, None),
        }
    }

    /// When [`States::at`] next comes to something else, if nobody writes.
    pub(super) fn next_change(&self, now: u64) -> Option<u64> {
        let changes = [&self.keys, &self.mac_keys].map(|plan| plan.next_change(now));
        changes.into_iter().flatten().min()
    }

    /// What they come to at a moment for the keys that stand in the folder. Nothing of a kind,
    /// when there is no key of it; a signing key alone needs nothing written to sign, nor does
    /// `mac.key`.
    ///
    /// # Errors
    /// What is wrong and what to do.
    pub(super) fn resolve(&self, standing: &Standing<'_>, now: u64) -> Result<Self, String> {
        let alone = |id: &str| Plan::of([(id.to_owned(), KeyState::active(0))]);
        let planned = self.at(now);
        let keys = match standing.kids.as_slice() {
            kids if !self.keys.is_empty() => {
                planned.keys.check(kids, ".pem", "keys")?;
                planned.keys
            }
            [] => Plan::default(),
            [only] => alone(only),
            kids => {
                return Err(format!(
                    "several keys stand here and none is marked as the one that signs: keep one \
                     .pem file, or write {{\"keys\":{{\"<kid>\":{{\"state\":\"active\",\
                     \"created_at\":0}}}}}} with one of {}",
                    kids.join(", ")
                ));
            }
        };
        let mac_keys = if self.mac_keys.is_empty() {
            standing.first_mac.map(alone).unwrap_or_default()
        } else {
            let checked = planned
                .mac_keys
                .check(&standing.macs, "mac*.key", "mac_keys");
            checked.map_err(|why| format!("mac_keys: {why}"))?;
            planned.mac_keys
        };
        Ok(Self { keys, mac_keys })
    }

    /// Takes a key out of use for good; gives its kind. The longest session is in seconds.
    ///
    /// # Errors
    /// [`KeyChangeError`], as of [`Plan::retire`].
    pub(super) fn retire(
        &mut self,
        id: &str,
        now: u64,
        longest_session: u64,
    ) -> Result<KeyKind, KeyChangeError> {
        let (kind, life) = if self.mac_keys.get(id).is_some() {
            (KeyKind::Mac, longest_session.max(MAX_LIFETIME))
        } else {
            (KeyKind::Signing, MAX_LIFETIME)
        };
        self.of_mut(kind).retire(id, now, life + SLACK)?;
        Ok(kind)
    }

    /// How long after its publication a key of a kind signs or tags, in seconds. Nobody but the
    /// instances has to hear of a MAC key.
    pub(super) const fn lead(kind: KeyKind, at_once: bool, publish_before: u64) -> u64 {
        match kind {
            KeyKind::Signing if !at_once => publish_before,
            KeyKind::Signing | KeyKind::Mac => LEAD,
        }
    }
}
