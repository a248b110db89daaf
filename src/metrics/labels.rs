//! The labels and their values. Every set is closed: nothing that an outsider sends becomes a value.

use prometheus_client::encoding::EncodeLabelSet;

/// What a token was given for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grant {
    /// A log-in with a password.
    Password,
    /// A session that a trusted back end opened for somebody.
    Trusted,
    /// A refresh token (RFC 6749, section 6). A repeat that gives the same token again is none.
    RefreshToken,
    /// A client's own credentials (RFC 6749, section 4.4).
    ClientCredentials,
    /// Another token (RFC 8693).
    TokenExchange,
}

impl Grant {
    pub(super) const ALL: [Self; 5] = [
        Self::Password,
        Self::Trusted,
        Self::RefreshToken,
        Self::ClientCredentials,
        Self::TokenExchange,
    ];

    const fn name(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Trusted => "trusted",
            Self::RefreshToken => "refresh_token",
            Self::ClientCredentials => "client_credentials",
            Self::TokenExchange => "token_exchange",
        }
    }
}

/// How a check of a token ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Checked {
    /// It is right, and alive.
    Live,
    /// It is right, and was alive a short time ago; the store could not be asked.
    Grace,
    /// It is right, and not alive, or not the one recorded under its id.
    NotLive,
    /// Its bytes, signature, claims, time or audience are not right: the store was not asked.
    Invalid,
    /// Nobody can say: the store could not be asked.
    Error,
}

impl Checked {
    pub(super) const ALL: [Self; 5] = [
        Self::Live,
        Self::Grace,
        Self::NotLive,
        Self::Invalid,
        Self::Error,
    ];

    const fn name(self) -> &'static str {
        match self {
            Self::Live | Self::Grace => "live",
            Self::NotLive => "not_live",
            Self::Invalid => "invalid",
            Self::Error => "error",
        }
    }

    /// Who decided.
    const fn source(self) -> &'static str {
        match self {
            Self::Live | Self::NotLive | Self::Error => "store",
            Self::Grace => "grace",
            Self::Invalid => "none",
        }
    }
}

/// What a revocation named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Revoked {
    /// One token.
    Token,
    /// One session with its tokens.
    Session,
    /// A subject's sessions or tokens: all, or all but one; bans and changes of users too.
    Subject,
    /// Everything of a kind, by a cut-off.
    All,
}

impl Revoked {
    pub(super) const ALL: [Self; 4] = [Self::Token, Self::Session, Self::Subject, Self::All];

    const fn name(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::Session => "session",
            Self::Subject => "subject",
            Self::All => "all",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct RequestLabels {
    pub(super) route: String,
    pub(super) method: &'static str,
    pub(super) code: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct RouteLabels {
    pub(super) route: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct GrantLabels {
    grant: &'static str,
}

impl From<Grant> for GrantLabels {
    fn from(grant: Grant) -> Self {
        Self {
            grant: grant.name(),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct CheckLabels {
    result: &'static str,
    source: &'static str,
}

impl From<Checked> for CheckLabels {
    fn from(checked: Checked) -> Self {
        Self {
            result: checked.name(),
            source: checked.source(),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct KindLabels {
    kind: &'static str,
}

impl From<Revoked> for KindLabels {
    fn from(revoked: Revoked) -> Self {
        Self {
            kind: revoked.name(),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct OpLabels {
    pub(super) op: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct BuildLabels {
    pub(super) version: &'static str,
    pub(super) profile: &'static str,
}
