//! Cut-offs: the end of everything of a kind, wherever its keys lie.

use std::sync::Arc;

use super::error::SessionError;
use super::{Origin, Sessions};
use crate::id::{Sid, Subject};
use crate::store::{
    Action, CUT_OFF_SLACK, Cause, CutOff, CutOffOf, CutOffs, Ended, Page, SessionFilter,
    SessionRecord, Store, Target,
};
use crate::token::{Claims, MAX_LIFETIME};

/// How many sessions an estimate looks at.
const MOST_COUNTED: usize = 10_000;
/// How many sessions are read at once.
const PAGE: usize = 200;

/// Everything of a kind that an operator ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Swath {
    /// What a client was given until now.
    Client(String),
    /// Every session that began up to this second, Unix time, and every token without a session
    /// that was issued up to it.
    IssuedBefore(u64),
}

impl Swath {
    fn describe(&self) -> String {
        match self {
            Self::Client(id) => format!("everything of the client {id}"),
            Self::IssuedBefore(at) => format!("everything issued before {at}"),
        }
    }
}

/// What cut-offs do to a token.
pub(super) enum Reach {
    /// Nothing.
    Nothing,
    /// One of them has ended it.
    Dead,
    /// One has ended it if it has ended this session.
    Session(Sid),
}

impl Reach {
    /// Looks at a token's claims, and at the key that signed it, if one did.
    pub(super) fn of(cut_offs: &CutOffs, claims: &Claims, kid: Option<&str>) -> Self {
        if kid.is_some_and(|kid| cut_offs.cover_key(kid)) {
            return Self::Dead;
        }
        let dead_if = |dead| if dead { Self::Dead } else { Self::Nothing };
        let began = claims.auth_time.unwrap_or(claims.iat);
        let Some(actor) = &claims.act else {
            return dead_if(cut_offs.cover(&claims.client_id, began));
        };
        if !cut_offs.reach(began) {
            return Self::Nothing;
        }
        // An exchanged token was given to its client when it was issued, not when the session began.
        let given = |client: &Subject| cut_offs.cover(client.as_str(), claims.iat);
        if actor.chain().any(given) {
            return Self::Dead;
        }
        // It dies with what it was exchanged for too, and only the session knows whose that was;
        // without one it was the subject's own.
        match claims.sid {
            None => dead_if(given(&claims.sub)),
            Some(sid) => Self::Session(sid),
        }
    }
}

impl Sessions {
    /// Ends everything of a kind: when this returns, no instance accepts any of it. The numbers
    /// are an estimate.
    ///
    /// # Errors
    /// [`SessionError::InvalidRequest`] for a moment in the future.
    pub async fn cut_off(&self, swath: &Swath, origin: &Origin) -> Result<Ended, SessionError> {
        let cut_off = self.cut_off_of(swath)?;
        let result = self.impose(&cut_off, Action::Revoke, origin).await;
        self.audit_result(origin, Action::Revoke, swath.describe(), &result)
            .await;
        result
    }

    /// What [`Sessions::cut_off`] would end now: an estimate, from the list of sessions.
    pub async fn estimate(&self, swath: &Swath) -> Result<Ended, SessionError> {
        self.count_covered(&self.cut_off_of(swath)?).await
    }

    /// Everything that a client was given until now ends.
    pub(super) async fn cut_off_client(
        &self,
        id: &str,
        action: Action,
        origin: &Origin,
    ) -> Result<Ended, SessionError> {
        let cut_off = self.cut_off_of(&Swath::Client(id.to_owned()))?;
        self.impose(&cut_off, action, origin).await
    }

    /// Refuses to issue what a cut-off would make dead at birth.
    pub(super) fn issuable(&self, client_id: &str) -> Result<(), SessionError> {
        let now = self.now();
        match self.store().cut_offs()?.blocked_until(client_id) {
            Some(last) if now <= last => Err(SessionError::CutOff(last - now + 1)),
            _ => Ok(()),
        }
    }

    /// Whether a cut-off has ended a token, by what this instance knows now; also one of the key that
    /// signed it, if one did.
    pub(super) async fn cut_off_covers(
        &self,
        claims: &Claims,
        kid: Option<&str>,
    ) -> Result<bool, SessionError> {
        let cut_offs = self.store().cut_offs()?;
        match Reach::of(&cut_offs, claims, kid) {
            Reach::Nothing => Ok(false),
            Reach::Dead => Ok(true),
            Reach::Session(sid) => {
                let view = self.store().session(&sid).await?;
                Ok(view.is_none_or(|view| covers(&cut_offs, &view.record)))
            }
        }
    }

    /// Whether a cut-off has ended a session, by what this instance knows now.
    pub(super) fn cut_off_covers_session(
        &self,
        record: &SessionRecord,
    ) -> Result<bool, SessionError> {
        Ok(covers(&*self.store().cut_offs()?, record))
    }

    fn cut_off_of(&self, swath: &Swath) -> Result<CutOff, SessionError> {
        let now = self.now();
        let (of, at) = match swath {
            Swath::Client(id) => (CutOffOf::Client(id.clone()), now),
            Swath::IssuedBefore(at) if *at > now => {
                return Err(SessionError::invalid(
                    "issued_before: not in the future; to end everything until now, give now",
                ));
            }
            Swath::IssuedBefore(at) => (CutOffOf::Everything, *at),
        };
        let until = now + CUT_OFF_SLACK + MAX_LIFETIME.max(self.policy().longest_session());
        Ok(CutOff { of, at, until })
    }

    async fn impose(
        &self,
        cut_off: &CutOff,
        action: Action,
        origin: &Origin,
    ) -> Result<Ended, SessionError> {
        let durability = self.store().cut_off(cut_off).await?;
        // It holds from here on: a count that fails takes nothing back.
        let counted = self.count_covered(cut_off).await.unwrap_or(Ended {
            sessions: 0,
            tokens: 0,
            durability,
        });
        let store = Arc::clone(&self.parts.store);
        tokio::spawn(sweep(store, cut_off.clone(), self.cause(origin, action)));
        Ok(Ended {
            durability,
            ..counted
        })
    }

    async fn count_covered(&self, cut_off: &CutOff) -> Result<Ended, SessionError> {
        let cut_offs = CutOffs::from(cut_off);
        let (mut sessions, mut tokens, mut looked_at) = (0, 0, 0);
        let mut page = first_page();
        loop {
            let listed = self
                .store()
                .sessions(&SessionFilter::default(), &page)
                .await?;
            looked_at += listed.items.len();
            for record in listed
                .items
                .iter()
                .filter(|record| covers(&cut_offs, record))
            {
                sessions += 1;
                tokens += u64::from(record.access.exp > self.now());
            }
            page.after = listed.next;
            if page.after.is_none() || looked_at >= MOST_COUNTED {
                break;
            }
        }
        let nothing = self.nothing();
        let durability = self.store().count(&nothing).await?.durability;
        Ok(Ended {
            sessions,
            tokens,
            durability,
        })
    }
}

fn first_page() -> Page {
    Page {
        limit: PAGE,
        after: None,
    }
}

pub(super) fn covers(cut_offs: &CutOffs, record: &SessionRecord) -> bool {
    let session = &record.session;
    cut_offs.cover(&session.client_id, session.created_at)
}

/// Deletes what a cut-off has ended, as far as the list knows it. The cut-off holds without it, so
/// an error ends it.
async fn sweep(store: Arc<dyn Store>, cut_off: CutOff, cause: Cause) {
    let cut_offs = CutOffs::from(&cut_off);
    let mut page = first_page();
    loop {
        let listed = match store.sessions(&SessionFilter::default(), &page).await {
            Ok(listed) => listed,
            Err(error) => {
                return log::warn!("a cut-off holds, but was not swept to its end: {error}");
            }
        };
        for record in listed
            .items
            .iter()
            .filter(|record| covers(&cut_offs, record))
        {
            let target = Target::Session(record.session.sid);
            if let Err(error) = store.revoke(&target, &cause).await {
                return log::warn!("a cut-off holds, but was not swept to its end: {error}");
            }
        }
        page.after = listed.next;
        if page.after.is_none() {
            return;
        }
    }
}
