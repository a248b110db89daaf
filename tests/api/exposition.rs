//! A strict reader of `OpenMetrics` text: whatever it does not know is an error.

use std::collections::{BTreeMap, BTreeSet};

/// Every series with its value, by its text: `name{label="value",…}`.
pub type Series = BTreeMap<String, f64>;

/// A family: its type, and the names of the labels that its series have.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Family {
    pub kind: String,
    pub labels: BTreeSet<String>,
}

/// Reads a whole answer.
pub fn read(text: &str) -> (BTreeMap<String, Family>, Series) {
    let body = text.strip_suffix("# EOF\n").expect("it ends with # EOF");
    let (mut families, mut series) = (BTreeMap::<String, Family>::new(), Series::new());
    let mut current = String::new();
    for line in body.lines() {
        if let Some(rest) = line.strip_prefix("# HELP ") {
            let (name, help) = rest.split_once(' ').unwrap();
            assert!(help.ends_with('.') && help.len() > 1, "{line}");
            assert!(
                families
                    .insert(name.to_owned(), Family::default())
                    .is_none(),
                "{line}"
            );
            name.clone_into(&mut current);
        } else if let Some(rest) = line.strip_prefix("# TYPE ") {
            let (name, kind) = rest.split_once(' ').unwrap();
            assert_eq!(name, current, "{line}");
            kind.clone_into(&mut families.get_mut(name).unwrap().kind);
        } else if let Some(rest) = line.strip_prefix("# UNIT ") {
            let (name, unit) = rest.split_once(' ').unwrap();
            assert!(
                name == current && name.ends_with(&format!("_{unit}")),
                "{line}"
            );
        } else {
            let (name, value) = line.rsplit_once(' ').unwrap();
            sample(name, families.get_mut(&current).unwrap(), &current);
            let value = value.parse().unwrap();
            assert!(
                series.insert(name.to_owned(), value).is_none(),
                "twice: {line}"
            );
        }
    }
    for (name, family) in &families {
        assert!(
            name.starts_with("jotleash_") && !family.kind.is_empty(),
            "{name}: {family:?}"
        );
    }
    (families, series)
}

/// Checks a sample's name against its family, and notes its labels.
fn sample(series: &str, family: &mut Family, family_name: &str) {
    let (name, labels) = series.split_once('{').unwrap_or((series, "}"));
    let suffix = name.strip_prefix(family_name).unwrap();
    let allowed: &[&str] = match family.kind.as_str() {
        "counter" => &["_total"],
        "histogram" => &["_bucket", "_sum", "_count"],
        "gauge" => &[""],
        "info" => &["_info"],
        other => panic!("{series}: a {other}"),
    };
    assert!(allowed.contains(&suffix), "{series} in a {}", family.kind);
    let labels = labels.strip_suffix('}').unwrap();
    for pair in labels.split_terminator("\",") {
        let (label, value) = pair.split_once("=\"").unwrap();
        let value = value.trim_end_matches('"');
        assert!(
            !value.is_empty() && !value.contains(['"', '\\', '\n']),
            "{series}"
        );
        assert_eq!(
            label == "le",
            suffix == "_bucket" && label == "le",
            "{series}"
        );
        if label != "le" {
            family.labels.insert(label.to_owned());
        }
    }
}
