//! The fields of `[[audience]]` and `[[client]]`.

/// A field of a table that stands in the file only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Its key.
    pub name: &'static str,
    /// The default as people read it; empty where there is none.
    pub default: &'static str,
    /// A value as TOML; empty where the field excludes another one.
    pub example: &'static str,
    /// What it is.
    pub about: &'static str,
}

/// The fields of `[[audience]]`.
pub const AUDIENCE_FIELDS: [Field; 11] = [
    Field {
        name: "name",
        default: "",
        example: r#""web""#,
        about: "The `aud` claim of its tokens: a name or an absolute URI. Needed",
    },
    Field {
        name: "scopes",
        default: "none",
        example: r#"["read", "write"]"#,
        about: "The scopes that exist here",
    },
    Field {
        name: "format",
        default: "jwt",
        example: r#""jwt""#,
        about: "What its access tokens are: jwt, or opaque, about which only jotleash can be asked",
    },
    Field {
        name: "typ",
        default: "at+jwt",
        example: r#""at+jwt""#,
        about: "The `typ` of its JWTs; \"JWT\" for libraries that refuse at+jwt (RFC 9068)",
    },
    Field {
        name: "login_client",
        default: "none",
        example: r#""front""#,
        about: "The client of first-party log-ins, one that lists this audience",
    },
    Field {
        name: "access_ttl",
        default: "5m",
        example: r#""5m""#,
        about: "How long an access token lives, at most 24h",
    },
    Field {
        name: "refresh_idle",
        default: "14d",
        example: r#""14d""#,
        about: "How long a session lives without being refreshed",
    },
    Field {
        name: "refresh_max",
        default: "90d",
        example: r#""90d""#,
        about: "How long a session lives in all",
    },
    Field {
        name: "refresh_grace",
        default: "30s",
        example: r#""30s""#,
        about: "How long the refresh token just replaced may be presented again",
    },
    Field {
        name: "max_sessions",
        default: "0",
        example: "5",
        about: "How many sessions somebody may have here: the oldest ends when a new one opens. 0: no limit",
    },
    Field {
        name: "outage",
        default: r#""closed""#,
        example: r#""grace 30s""#,
        about: "What checks come to while Redis is out: 503, or for so long this instance's own word, marked",
    },
];

/// The fields of `[[client]]`.
pub const CLIENT_FIELDS: [Field; 9] = [
    Field {
        name: "id",
        default: "",
        example: r#""front""#,
        about: "Its `client_id`: visible ASCII without / \\ ? # %. Needed",
    },
    Field {
        name: "secret_file",
        default: "none",
        example: r#""secrets/front""#,
        about: "A file that holds its secret. Without a secret the client is public",
    },
    Field {
        name: "secret_sha256",
        default: "none",
        example: "",
        about: "Instead of `secret_file`: the SHA-256 that `jotleash clients secret` prints",
    },
    Field {
        name: "audiences",
        default: "none",
        example: r#"["web"]"#,
        about: "The audiences that it may have tokens for",
    },
    Field {
        name: "scopes",
        default: "none",
        example: r#"["read"]"#,
        about: "The scopes that it may have there",
    },
    Field {
        name: "grants",
        default: "none",
        example: r#"["client_credentials", "refresh_token"]"#,
        about: "The grants that it may use: client_credentials, refresh_token, and token exchange by its URN",
    },
    Field {
        name: "introspect",
        default: "none",
        example: r#"["web"]"#,
        about: "The audiences whose tokens it may introspect",
    },
    Field {
        name: "allow",
        default: "anywhere",
        example: r#"["10.0.0.0/8"]"#,
        about: "The networks that it may come from",
    },
    Field {
        name: "admin",
        default: "false",
        example: "false",
        about: "Whether it may ask for jotleash:admin, with client_credentials",
    },
];
