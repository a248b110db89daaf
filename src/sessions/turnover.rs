//! The turn-over of the keys: a new one is published and signs, an old one is taken out of use.

use std::time::Duration;

use tokio::time::sleep;

use super::error::SessionError;
use super::keys::{KEYS_PERIOD, KeyEntry, KeyKind};
use super::{Origin, Sessions};
use crate::store::{Action, CutOff, CutOffOf, Durability};
use crate::token::MAX_LIFETIME;

/// By then every instance has looked at the folder, also one that is slow.
const LOOKED_AT: Duration = Duration::from_secs(3);

impl Sessions {
    /// Publishes a key that will sign. At once, it signs on every instance when this returns, and
    /// every instance has had it for three seconds before.
    ///
    /// # Errors
    /// [`SessionError::Conflict`] when no key can be added, or this one was withdrawn before it
    /// signed; [`SessionError::KeysReadOnly`].
    pub async fn rotate_keys(
        &self,
        kind: KeyKind,
        at_once: bool,
        origin: &Origin,
    ) -> Result<KeyEntry, SessionError> {
        let result = self
            .in_folder(move |folder| folder.rotate(kind, at_once))
            .await;
        let target = result.as_deref().unwrap_or("a new key").to_owned();
        self.audit_result(origin, Action::KeyRotate, target, &result)
            .await;
        let id = result?;
        self.reload_keys().await;
        let mut key = self.coming(&id)?;
        if !at_once {
            return Ok(key);
        }
        // About four seconds; longer if the clock is set back meanwhile.
        for _ in 0..200 {
            if key.signs() {
                // The others look at the folder as often as this one, and not at the same time.
                sleep(KEYS_PERIOD).await;
                self.reload_keys().await;
                break;
            }
            sleep(Duration::from_millis(50)).await;
            self.reload_keys().await;
            key = self.coming(&id)?;
        }
        Ok(key)
    }

    /// Takes a key out of use: when this returns, no instance accepts a token that it signed, and
    /// none that shares the folder publishes it. The sessions go on. A dry run only says what
    /// would come of it.
    ///
    /// # Errors
    /// [`SessionError::NotFound`]; [`SessionError::Conflict`] for the key that signs, or is about
    /// to; [`SessionError::KeysReadOnly`]. After [`SessionError::Store`] it may be refused by some
    /// instances and not by others: repeat it.
    pub async fn retire_key(
        &self,
        kid: &str,
        dry_run: bool,
        origin: &Origin,
    ) -> Result<(KeyEntry, Durability), SessionError> {
        if dry_run {
            let key = self.retire_in_folder(kid, true).await?;
            if key.mac {
                return Ok((key, Durability::Fsynced));
            }
            let durability = self.store().count(&self.nothing()).await?.durability;
            return Ok((key, durability));
        }
        let result = self.retire(kid).await;
        self.audit_result(origin, Action::KeyRetire, kid.to_owned(), &result)
            .await;
        result
    }

    /// First the folder, which may refuse, then the cut-off: it is what every instance goes by
    /// within a second, also one that does not share the folder.
    async fn retire(&self, kid: &str) -> Result<(KeyEntry, Durability), SessionError> {
        let key = self.retire_in_folder(kid, false).await?;
        self.reload_keys().await;
        if key.mac {
            return self.retired_mac(key).await;
        }
        let now = self.now();
        let cut_off = CutOff {
            of: CutOffOf::Key(kid.to_owned()),
            at: now,
            until: key.retire_at.unwrap_or(now + MAX_LIFETIME),
        };
        let durability = self.store().cut_off(&cut_off).await?;
        Ok((key, durability))
    }

    /// The folder is all that the instances go by, and it was synced.
    async fn retired_mac(&self, key: KeyEntry) -> Result<(KeyEntry, Durability), SessionError> {
        sleep(LOOKED_AT).await;
        self.reload_keys().await;
        let in_use = self.list_keys().into_iter().find(|it| it.kid == key.kid);
        if in_use.is_some_and(|key| key.state != "retired") {
            return Err(SessionError::Conflict(format!(
                "{} is retired in the folder of the keys, which cannot be used as it is now: see \
                 the log, then retire it once more",
                key.kid
            )));
        }
        Ok((key, Durability::Fsynced))
    }

    async fn retire_in_folder(&self, kid: &str, dry_run: bool) -> Result<KeyEntry, SessionError> {
        let (kid, longest) = (kid.to_owned(), self.policy().longest_session());
        self.in_folder(move |folder| folder.retire(&kid, longest, dry_run))
            .await
    }

    /// The key that was published, as it is now.
    fn coming(&self, kid: &str) -> Result<KeyEntry, SessionError> {
        let key = self.list_keys().into_iter().find(|key| key.kid == kid);
        key.filter(KeyEntry::is_coming).ok_or_else(|| {
            SessionError::Conflict(format!(
                "the key {kid} was withdrawn before it signed: rotate again"
            ))
        })
    }
}
