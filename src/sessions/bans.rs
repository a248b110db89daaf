//! Bans: all that a subject has ends, and nothing is issued while they last.

use super::error::SessionError;
use super::names::check_text;
use super::{Origin, Sessions};
use crate::id::Subject;
use crate::store::{Action, Ban, Durability, Ended, Listed, Page};

/// The longest ban with an end: a hundred years. A longer one is one without an end.
const MAX_SECONDS: u64 = 100 * 365 * 24 * 60 * 60;

impl Sessions {
    /// Bans a subject, known or not, for so many seconds or until it is lifted. Repeating
    /// replaces.
    pub async fn ban(
        &self,
        subject: &Subject,
        seconds: Option<u64>,
        reason: Option<String>,
        origin: &Origin,
    ) -> Result<(Ban, Ended), SessionError> {
        check_text("reason", reason.as_deref())?;
        if seconds.is_some_and(|seconds| seconds == 0 || seconds > MAX_SECONDS) {
            return Err(SessionError::invalid(
                "seconds: 1 to 3153600000; leave it out for a ban without an end",
            ));
        }
        let now = self.now();
        let ban = Ban {
            subject: subject.clone(),
            until: seconds.map(|seconds| now + seconds),
            reason,
            created_at: now,
        };
        let cause = self.cause(origin, Action::Ban);
        let result = self
            .store()
            .ban(&ban, &cause)
            .await
            .map_err(SessionError::from);
        self.audit_result(origin, Action::Ban, subject.to_string(), &result)
            .await;
        Ok((ban, result?))
    }

    /// Lifts a ban, if there is one. What it ended stays dead.
    pub async fn unban(
        &self,
        subject: &Subject,
        origin: &Origin,
    ) -> Result<Durability, SessionError> {
        let result = self
            .store()
            .unban(&subject.slot())
            .await
            .map_err(SessionError::from);
        self.audit_result(origin, Action::Unban, subject.to_string(), &result)
            .await;
        result
    }

    /// A subject's ban.
    pub async fn ban_of(&self, subject: &Subject) -> Result<Ban, SessionError> {
        let standing = self.store().standing(&subject.slot()).await?;
        standing.ban.ok_or(SessionError::NotFound("ban"))
    }

    /// Standing bans, newest first.
    pub async fn bans(&self, page: &Page) -> Result<Listed<Ban>, SessionError> {
        Ok(self.store().bans(page).await?)
    }
}
