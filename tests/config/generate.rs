//! `config generate`.

use jotleash::settings::{AUDIENCE_FIELDS, CLIENT_FIELDS, SETTINGS};

use crate::program::Program;

fn generated() -> String {
    let ended = Program::new().run(&["config", "generate"]);
    assert_eq!((ended.code, ended.err.as_str()), (0, ""));
    ended.out
}

/// A line that sets something once its `#` is gone; prose has a blank there.
fn setting(line: &str) -> Option<&str> {
    let line = line.strip_prefix('#')?;
    line.starts_with(|first: char| first.is_ascii_lowercase() || first == '[')
        .then_some(line)
}

fn check(text: &str) {
    let program = Program::with(text);
    program.file("secrets/store", "redis://127.0.0.1:6379/0\n", 0o600);
    program.file("secrets/front", "0123456789abcdef0123\n", 0o600);
    let ended = program.run(&["config", "check"]);
    assert_eq!(ended.code, 0, "{text}\n{}", ended.out);
}

#[test]
fn it_passes_the_check_as_it_is_and_says_nothing_but_defaults() {
    let text = generated();
    check(&text);
    let dump = Program::with(&text).run(&["config", "dump", "--json"]);
    let dump: serde_json::Value = serde_json::from_str(&dump.out).unwrap();
    for item in dump["settings"].as_array().unwrap() {
        assert_eq!(item["origin"], "default");
    }
}

#[test]
fn each_line_passes_the_check_when_it_is_taken_out_of_its_comment() {
    let text = generated();
    let lines: Vec<_> = text.lines().collect();
    let lists = lines
        .iter()
        .position(|line| line.starts_with("#[["))
        .unwrap();
    let mut tried = 0;
    for at in 0..lists {
        let Some(set) = setting(lines[at]) else {
            continue;
        };
        tried += 1;
        let mut one = lines.clone();
        one[at] = set;
        // A certificate needs its key, and a key its certificate.
        if let Some((pair, _)) = set.split_once("tls_") {
            for line in &mut one {
                *line = setting(line)
                    .filter(|other| other.starts_with(&format!("{pair}tls_")))
                    .unwrap_or(line);
            }
        }
        check(&one.join("\n"));
    }
    assert_eq!(
        tried,
        SETTINGS.iter().filter(|setting| setting.built()).count()
    );
    let all = |line: &&str| match setting(line) {
        // One of the two, not both.
        Some(set) if !set.starts_with("store_file") => set.to_owned(),
        _ => (*line).to_owned(),
    };
    let all: Vec<_> = lines.iter().map(all).collect();
    check(&all.join("\n"));
}

#[test]
fn it_names_everything_that_is_built_and_nothing_else() {
    let text = generated();
    for setting in &SETTINGS {
        assert_eq!(
            text.contains(&format!(
                "{} or {}\n",
                setting.environment(),
                setting.flag()
            )),
            setting.built(),
            "{}",
            setting.path
        );
    }
    for field in AUDIENCE_FIELDS.iter().chain(&CLIENT_FIELDS) {
        let set = format!("#{} = ", field.name);
        let told = format!("# {} = ", field.name);
        assert!(
            text.contains(&set) || text.contains(&told),
            "{}",
            field.name
        );
    }
    let wide: Vec<_> = text
        .lines()
        .filter(|line| line.chars().count() > 100)
        .collect();
    assert!(wide.is_empty(), "{wide:#?}");
}
