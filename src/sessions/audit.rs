//! Who did what, from where.

use log::error;

use super::{SessionError, Sessions};
use crate::store::{Action, AuditEvent, Cause, Outcome};

/// Where a request comes from.
#[derive(Debug, Clone, Default)]
pub struct Origin {
    /// The subject that its token names, once that was checked.
    pub actor: Option<String>,
    /// The client's address.
    pub ip: Option<String>,
    /// The request's id.
    pub request_id: String,
}

impl Origin {
    /// The same origin, acting for this subject.
    #[must_use]
    pub fn acting(mut self, subject: &str) -> Self {
        self.actor = Some(subject.to_owned());
        self
    }

    /// Who acts: `system` when no token said so.
    pub fn actor(&self) -> &str {
        self.actor.as_deref().unwrap_or("system")
    }
}

impl Sessions {
    /// Audit events with their ids, newest first.
    pub async fn audit_events(
        &self,
        cursor: Option<&str>,
        limit: usize,
    ) -> Result<(Vec<(String, AuditEvent)>, Option<String>), SessionError> {
        Ok(self.store().audit_events(cursor, limit).await?)
    }

    /// Why something ends, for the verdict on what it ended.
    pub(super) fn cause(&self, origin: &Origin, action: Action) -> Cause {
        Cause {
            at: self.now(),
            by: origin.actor().to_owned(),
            action,
        }
    }

    /// Appends to the audit. A failure is logged and does not undo what was done.
    pub(super) async fn audit(
        &self,
        origin: &Origin,
        action: Action,
        target: Option<String>,
        result: Outcome,
        detail: Option<String>,
    ) {
        let event = AuditEvent {
            time: self.now(),
            actor: origin.actor().to_owned(),
            action,
            target,
            ip: origin.ip.clone(),
            result,
            request_id: origin.request_id.clone(),
            detail,
        };
        if let Err(error) = self.store().audit(&event).await {
            error!(request_id = origin.request_id.as_str(); "not audited: {event:?}: {error}");
        }
    }

    /// Appends the outcome of something that ended rights.
    pub(super) async fn audit_result<T>(
        &self,
        origin: &Origin,
        action: Action,
        target: String,
        result: &Result<T, SessionError>,
    ) {
        let outcome = match result {
            Ok(_) => Outcome::Ok,
            Err(SessionError::Store(_)) => Outcome::Error,
            Err(_) => Outcome::Denied,
        };
        self.audit(origin, action, Some(target), outcome, None)
            .await;
    }
}
