//! The one table of all settings, and what each source calls them.
//!
//! Flags and their help, the environment, the file, `config dump`, `config generate` and the
//! documentation are made of it or held to it.

/// Whether a setting does something yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// It does.
    Built,
    /// It is promised for a later release. Silence would let its owner rely on what is not there,
    /// so it is refused, except for the value that changes nothing.
    Later(Option<&'static str>),
}

/// What a setting's value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// One text.
    Text,
    /// `true` or `false`; a flag without a value is `true`.
    Boolean,
    /// Texts; in a flag or the environment with commas between them.
    List,
}

/// A setting outside `[[audience]]` and `[[client]]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// Its path (`keys.dir`), from which its names are made.
    pub path: &'static str,
    pub(super) stage: Stage,
    /// What it belongs to: a heading.
    pub group: &'static str,
    /// What its value is.
    pub kind: Kind,
    /// What its value is called in help.
    pub value: &'static str,
    /// The default as TOML; empty where there is none, or none that is always the same.
    pub default: &'static str,
    /// A value as TOML, mostly another one than the default.
    pub example: &'static str,
    /// What it is, in a line.
    pub about: &'static str,
    /// What else its owner has to know; may be empty.
    pub more: &'static str,
}

impl Setting {
    /// Its flag, with the dashes.
    pub fn flag(&self) -> String {
        flag_name(self.path)
    }

    /// Its environment name.
    pub fn environment(&self) -> String {
        environment_name(self.path)
    }

    /// Whether it does something yet; what does not is refused.
    pub const fn built(&self) -> bool {
        matches!(self.stage, Stage::Built)
    }
}

/// All settings, in the order in which people read them.
pub const SETTINGS: [Setting; 24] = [
    Setting {
        path: "listen",
        stage: Stage::Built,
        group: "Listeners",
        kind: Kind::Text,
        value: "ADDRESS:PORT",
        default: r#""127.0.0.1:8080""#,
        example: r#""127.0.0.1:8081""#,
        about: "The public listener",
        more: "",
    },
    Setting {
        path: "admin_listen",
        stage: Stage::Built,
        group: "Listeners",
        kind: Kind::Text,
        value: "ADDRESS:PORT",
        default: r#""127.0.0.1:9090""#,
        example: r#""127.0.0.1:9091""#,
        about: "The listener of the admin API and the probes",
        more: "",
    },
    Setting {
        path: "admin_plaintext",
        stage: Stage::Built,
        group: "Listeners",
        kind: Kind::Boolean,
        value: "true|false",
        default: "false",
        example: "true",
        about: "Something else encrypts the way to the admin listener",
        more: "Off loopback the admin listener is refused without it.",
    },
    Setting {
        path: "trusted_proxies",
        stage: Stage::Built,
        group: "Listeners",
        kind: Kind::List,
        value: "NETWORK,…",
        default: "[]",
        example: r#"["10.0.0.0/8", "192.0.2.1"]"#,
        about: "Proxies whose X-Forwarded-For is believed",
        more: "Addresses or networks. The client's address is the peer's, or the right-most untrusted one of \
         X-Forwarded-For behind these.",
    },
    Setting {
        path: "tls_cert",
        stage: Stage::Later(None),
        group: "Listeners",
        kind: Kind::Text,
        value: "FILE",
        default: "",
        example: r#""cert.pem""#,
        about: "The certificate of the public listener",
        more: "",
    },
    Setting {
        path: "tls_key",
        stage: Stage::Later(None),
        group: "Listeners",
        kind: Kind::Text,
        value: "FILE",
        default: "",
        example: r#""key.pem""#,
        about: "The private key of the public listener",
        more: "",
    },
    Setting {
        path: "admin_tls_cert",
        stage: Stage::Later(None),
        group: "Listeners",
        kind: Kind::Text,
        value: "FILE",
        default: "",
        example: r#""cert.pem""#,
        about: "The certificate of the admin listener",
        more: "",
    },
    Setting {
        path: "admin_tls_key",
        stage: Stage::Later(None),
        group: "Listeners",
        kind: Kind::Text,
        value: "FILE",
        default: "",
        example: r#""key.pem""#,
        about: "The private key of the admin listener",
        more: "",
    },
    Setting {
        path: "cors_origins",
        stage: Stage::Later(Some("")),
        group: "Listeners",
        kind: Kind::List,
        value: "ORIGIN,…",
        default: "[]",
        example: r#"["https://shop.example.com"]"#,
        about: "Origins whose pages may call the public listener",
        more: "",
    },
    Setting {
        path: "issuer",
        stage: Stage::Built,
        group: "Tokens",
        kind: Kind::Text,
        value: "URL",
        default: "",
        example: r#""https://auth.example.com""#,
        about: "The iss claim of the tokens and the base of the metadata; https off loopback",
        more: "Without it: http:// and the address of the public listener.",
    },
    Setting {
        path: "default_audience",
        stage: Stage::Built,
        group: "Tokens",
        kind: Kind::Text,
        value: "NAME",
        default: "",
        example: r#""web""#,
        about: "The audience of a log-in or check that names none",
        more: "Without it: the first [[audience]] of the file, or \"web\" where there is none.",
    },
    Setting {
        path: "keys.dir",
        stage: Stage::Built,
        group: "Keys",
        kind: Kind::Text,
        value: "FOLDER",
        default: r#""keys""#,
        example: r#""/etc/jotleash/keys""#,
        about: "The folder of the signing keys, mac.key and keyring.json",
        more: "Private keys that others can read are refused. Instances of one service share it.",
    },
    Setting {
        path: "keys.algorithm",
        stage: Stage::Built,
        group: "Keys",
        kind: Kind::Text,
        value: "ALGORITHM",
        default: r#""ES256""#,
        example: r#""ES256""#,
        about: "The one algorithm that signs",
        more: "",
    },
    Setting {
        path: "keys.publish_before",
        stage: Stage::Later(None),
        group: "Keys",
        kind: Kind::Text,
        value: "DURATION",
        default: r#""2h""#,
        example: r#""2h""#,
        about: "How long a new key is published before it signs",
        more: "",
    },
    Setting {
        path: "store",
        stage: Stage::Built,
        group: "Store",
        kind: Kind::Text,
        value: "STORE",
        default: r#""embedded:data/jotleash.redb""#,
        example: r#""redis://127.0.0.1:6379/0""#,
        about: "Where tokens live",
        more: "embedded:PATH, embedded:memory or redis://HOST:PORT/DATABASE. A password in a flag can be seen \
         by every user of the machine: set JOTLEASH_STORE or JOTLEASH_STORE_FILE instead.",
    },
    Setting {
        path: "store_file",
        stage: Stage::Built,
        group: "Store",
        kind: Kind::Text,
        value: "FILE",
        default: "",
        example: r#""secrets/store""#,
        about: "A file that holds the value of `store`",
        more: "Nobody but its owner and group may have any right to it.",
    },
    Setting {
        path: "redis.assume_noeviction",
        stage: Stage::Built,
        group: "Store",
        kind: Kind::Boolean,
        value: "true|false",
        default: "false",
        example: "true",
        about: "Believe that Redis evicts nothing, where CONFIG is forbidden",
        more: "",
    },
    Setting {
        path: "redis.replicas",
        stage: Stage::Later(None),
        group: "Store",
        kind: Kind::Text,
        value: "COUNT",
        default: "",
        example: "2",
        about: "How many replicas a revocation waits for",
        more: "",
    },
    Setting {
        path: "redis.unknown_history",
        stage: Stage::Later(None),
        group: "Store",
        kind: Kind::Text,
        value: "cut|serve",
        default: r#""cut""#,
        example: r#""serve""#,
        about: "What to do with a Redis of unknown history",
        more: "",
    },
    Setting {
        path: "liveness",
        stage: Stage::Later(Some("strict")),
        group: "Liveness",
        kind: Kind::Text,
        value: "strict|near",
        default: r#""strict""#,
        example: r#""near""#,
        about: "Whether each check asks the store",
        more: "",
    },
    Setting {
        path: "near.lease",
        stage: Stage::Later(None),
        group: "Liveness",
        kind: Kind::Text,
        value: "DURATION",
        default: r#""500ms""#,
        example: r#""1s""#,
        about: "How long an answer of the store is good for",
        more: "",
    },
    Setting {
        path: "near.max",
        stage: Stage::Later(None),
        group: "Liveness",
        kind: Kind::Text,
        value: "DURATION",
        default: r#""10s""#,
        example: r#""20s""#,
        about: "How long an instance serves without the store",
        more: "",
    },
    Setting {
        path: "log",
        stage: Stage::Built,
        group: "Log",
        kind: Kind::Text,
        value: "FILTER",
        default: r#""info""#,
        example: r#""warn,jotleash=debug""#,
        about: "What to log: a level, or TARGET=LEVEL, with commas between",
        more: "",
    },
    Setting {
        path: "log_format",
        stage: Stage::Built,
        group: "Log",
        kind: Kind::Text,
        value: "text|json",
        default: r#""text""#,
        example: r#""json""#,
        about: "The shape of a line: for people, or one JSON object",
        more: "",
    },
];

/// What else the file may hold at its top.
pub(super) const TABLES: [&str; 3] = ["redis", "near", "keys"];
/// Lists of tables: these live in the file only.
pub(super) const LISTS: [&str; 2] = ["audience", "client"];

/// What `data/dev.env` holds for other programs; no settings, and no cause for a warning.
pub(super) const FOR_OTHERS: [&str; 10] = [
    "JOTLEASH_URL",
    "JOTLEASH_ADMIN_URL",
    "JOTLEASH_ADMIN_CLIENT_ID",
    "JOTLEASH_ADMIN_CLIENT_SECRET",
    "JOTLEASH_ADMIN_CLIENT_SECRET_FILE",
    "JOTLEASH_CLIENT_ID",
    "JOTLEASH_CLIENT_SECRET",
    "JOTLEASH_USERNAME",
    "JOTLEASH_PASSWORD",
    "JOTLEASH_AUDIENCE",
];

/// The setting with this path.
pub(super) fn setting(path: &str) -> Option<&'static Setting> {
    SETTINGS.iter().find(|setting| setting.path == path)
}

/// The stage of the setting with this path.
pub(super) fn stage(path: &str) -> Option<Stage> {
    setting(path).map(|setting| setting.stage)
}

/// `JOTLEASH_` and the path in capitals.
pub(super) fn environment_name(path: &str) -> String {
    format!("JOTLEASH_{}", path.replace('.', "_").to_ascii_uppercase())
}

/// The path with dashes.
pub(super) fn flag_name(path: &str) -> String {
    format!("--{}", path.replace(['.', '_'], "-"))
}

/// What a setting that is not built yet is answered with.
pub(super) fn not_built(name: &str) -> String {
    format!("`{name}` is not built yet: it comes with a later release, leave it out")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_has_one_name_in_each_source() {
        assert_eq!(environment_name("keys.dir"), "JOTLEASH_KEYS_DIR");
        assert_eq!(flag_name("admin_listen"), "--admin-listen");
    }
}
