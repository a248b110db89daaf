//! The names of all settings, and what was probably meant by another one.

/// Whether a setting does something yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// It does.
    Built,
    /// It is promised for a later release. Silence would let its owner rely on what is not there,
    /// so it is refused, except for the value that changes nothing.
    Later(Option<&'static str>),
}

/// Settings outside `[[audience]]` and `[[client]]`, by path.
pub(super) const SETTINGS: [(&str, Stage); 24] = [
    ("listen", Stage::Built),
    ("admin_listen", Stage::Built),
    ("issuer", Stage::Built),
    ("store", Stage::Built),
    ("store_file", Stage::Built),
    ("keys.dir", Stage::Built),
    ("keys.algorithm", Stage::Built),
    ("keys.publish_before", Stage::Later(None)),
    ("default_audience", Stage::Built),
    ("trusted_proxies", Stage::Built),
    ("log", Stage::Built),
    ("log_format", Stage::Built),
    ("admin_plaintext", Stage::Built),
    ("redis.assume_noeviction", Stage::Built),
    ("redis.replicas", Stage::Later(None)),
    ("redis.unknown_history", Stage::Later(None)),
    ("cors_origins", Stage::Later(Some(""))),
    ("liveness", Stage::Later(Some("strict"))),
    ("near.lease", Stage::Later(None)),
    ("near.max", Stage::Later(None)),
    ("tls_cert", Stage::Built),
    ("tls_key", Stage::Built),
    ("admin_tls_cert", Stage::Built),
    ("admin_tls_key", Stage::Built),
];

/// What else the file may hold at its top.
pub(super) const TABLES: [&str; 3] = ["redis", "near", "keys"];
/// Lists of tables: these live in the file only.
pub(super) const LISTS: [&str; 2] = ["audience", "client"];

/// What `data/dev.env` holds for other programs; no settings, and no cause for a warning.
pub(super) const FOR_OTHERS: [&str; 9] = [
    "JOTLEASH_URL",
    "JOTLEASH_ADMIN_URL",
    "JOTLEASH_ADMIN_CLIENT_ID",
    "JOTLEASH_ADMIN_CLIENT_SECRET",
    "JOTLEASH_CLIENT_ID",
    "JOTLEASH_CLIENT_SECRET",
    "JOTLEASH_USERNAME",
    "JOTLEASH_PASSWORD",
    "JOTLEASH_AUDIENCE",
];

/// The stage of the setting with this path.
pub(super) fn stage(path: &str) -> Option<Stage> {
    SETTINGS
        .iter()
        .find(|(known, _)| *known == path)
        .map(|(_, stage)| *stage)
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

/// `; did you mean …?`, or nothing when no name is near.
pub(super) fn did_you_mean<'a>(raw: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    known
        .into_iter()
        .map(|name| (distance(raw, name), name))
        .filter(|(distance, name)| *distance <= name.len().max(3) / 3)
        .min()
        .map(|(_, name)| format!("; did you mean `{name}`?"))
        .unwrap_or_default()
}

/// Levenshtein's distance, with two neighbours swapped counting as one edit.
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=right.len()).collect();
    let mut last = None;
    for (row, l) in left.chars().enumerate() {
        let mut line = vec![row + 1];
        let mut last_r = None;
        for (column, r) in right.iter().copied().enumerate() {
            let cell = |line: &[usize], at: usize| line.get(at).copied().unwrap_or(usize::MAX - 1);
            let mut best = (cell(&above, column) + usize::from(l != r))
                .min(cell(&above, column + 1) + 1)
                .min(cell(&line, column) + 1);
            if column > 0 && last == Some(r) && last_r == Some(l) {
                best = best.min(cell(&before, column - 1) + 1);
            }
            line.push(best);
            last_r = Some(r);
        }
        last = Some(l);
        before = std::mem::replace(&mut above, line);
    }
    above.last().copied().unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_are_counted_and_a_swap_is_one() {
        for (left, right, expected) in [
            ("issuer", "issuer", 0),
            ("isuer", "issuer", 1),
            ("isseur", "issuer", 1),
            ("lisetn", "listen", 1),
            ("", "abc", 3),
            ("abc", "", 3),
        ] {
            assert_eq!(distance(left, right), expected, "{left} {right}");
        }
    }

    #[test]
    fn a_near_name_is_proposed_and_a_far_one_is_not() {
        let known = || SETTINGS.iter().map(|(path, _)| *path);
        assert_eq!(did_you_mean("lissten", known()), "; did you mean `listen`?");
        assert_eq!(did_you_mean("bananas", known()), "");
    }

    #[test]
    fn a_path_has_one_name_in_each_source() {
        assert_eq!(environment_name("keys.dir"), "JOTLEASH_KEYS_DIR");
        assert_eq!(flag_name("admin_listen"), "--admin-listen");
    }
}
