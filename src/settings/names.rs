//! The one table of all settings, and what each source calls them.
//!
//! Flags and their help, the environment, the file, `config dump`, `config generate` and the
//! documentation are made of it or held to it.

use super::table::SETTINGS;

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
