//! `docs/configuration.md` and the table of settings say the same.

use std::collections::BTreeSet;
use std::fs;

use jotleash::settings::{AUDIENCE_FIELDS, CLIENT_FIELDS, SETTINGS};

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/configuration.md");

/// The rows of the table under a heading: the cells between the bars, without backquotes.
fn rows(page: &str, heading: &str) -> Vec<Vec<String>> {
    let (_, section) = page.split_once(&format!("\n{heading}\n")).unwrap();
    let section = section.split("\n#").next().unwrap();
    let lines = section.lines().filter(|line| line.starts_with("| `"));
    lines
        .map(|line| {
            let cells = line.trim_matches('|').split('|');
            cells.map(|cell| cell.trim().replace('`', "")).collect()
        })
        .collect()
}

#[test]
fn every_setting_is_on_the_page_and_no_other() {
    let page = fs::read_to_string(PAGE).unwrap();
    let built: Vec<_> = SETTINGS.iter().filter(|setting| setting.built()).collect();
    let told = rows(&page, "## Every setting");
    assert_eq!(told.len(), built.len());
    for (row, setting) in told.iter().zip(built) {
        let names = [
            setting.path.to_owned(),
            setting.environment(),
            setting.flag(),
        ];
        assert_eq!(row[..3], names, "in the order of the table");
        let default = match setting.default.trim_matches('"') {
            "" | "[]" => "none",
            default => default,
        };
        assert!(
            row[3].starts_with(default) || setting.default.is_empty(),
            "{row:?}"
        );
    }
}

#[test]
fn every_field_is_on_the_page_and_no_other() {
    let page = fs::read_to_string(PAGE).unwrap();
    for (heading, fields) in [
        ("## Audiences", &AUDIENCE_FIELDS[..]),
        ("## Clients", &CLIENT_FIELDS),
    ] {
        let told: BTreeSet<_> = rows(&page, heading)
            .into_iter()
            .map(|row| row[0].clone())
            .collect();
        let known: BTreeSet<_> = fields.iter().map(|field| field.name.to_owned()).collect();
        assert_eq!(told, known, "{heading}");
    }
}
