//! A configuration file to start from: everything that can be set, commented out.

use std::fmt::Write as _;

use super::fields::{AUDIENCE_FIELDS, CLIENT_FIELDS, Field};
use super::names::{Setting, TABLES};
use super::table::SETTINGS;

const HEAD: &str = "\
# The configuration of jotleash. A flag wins over the environment, which wins over this file, which
# wins over the default. Take the # from a line to set it; `jotleash config check` finds mistakes.
# Durations are written 500ms, 30s, 5m, 2h or 14d.
";

/// The longest line of prose, in characters.
const WIDTH: usize = 99;

/// The file. What is not built yet is not in it.
pub fn template() -> String {
    let mut text = HEAD.to_owned();
    let mut group = "";
    for setting in built().filter(|setting| !setting.path.contains('.')) {
        if setting.group != group {
            group = setting.group;
            let _ = writeln!(text, "\n# --- {group}");
        }
        add_setting(&mut text, setting, setting.path);
    }
    for table in TABLES {
        let inside = || {
            built().filter_map(move |setting| {
                let (of, key) = setting.path.split_once('.')?;
                (of == table).then_some((setting, key))
            })
        };
        if inside().next().is_some() {
            let _ = writeln!(text, "\n[{table}]");
        }
        for (setting, key) in inside() {
            add_setting(&mut text, setting, key);
        }
    }
    add_list(
        &mut text,
        "audience",
        "Whom tokens are for, one table each. Without any there is one, named web, without scopes.",
        &AUDIENCE_FIELDS,
    );
    add_list(
        &mut text,
        "client",
        "Who may ask for tokens, one table each. They are read-only through the admin API.",
        &CLIENT_FIELDS,
    );
    text.trim_end().to_owned()
}

fn built() -> impl Iterator<Item = &'static Setting> {
    SETTINGS.iter().filter(|setting| setting.built())
}

// Writing to a `String` cannot fail.
fn add_setting(text: &mut String, setting: &Setting, key: &str) {
    let default = match setting.default {
        "" => "No default".to_owned(),
        default => format!("Default {default}"),
    };
    let names = format!("{} or {}", setting.environment(), setting.flag());
    text.push('\n');
    add_prose(text, &format!("{}.", setting.about));
    add_prose(text, setting.more);
    add_prose(text, &format!("{default}; {names}"));
    let _ = writeln!(text, "#{key} = {}", setting.example);
}

/// A comment, with a blank after the `#` that sets it apart from a setting.
fn add_prose(text: &mut String, prose: &str) {
    let mut line = String::new();
    for word in prose.split_whitespace() {
        if !line.is_empty() && line.chars().count() + word.chars().count() >= WIDTH {
            let _ = writeln!(text, "#{line}");
            line.clear();
        }
        line.push(' ');
        line.push_str(word);
    }
    if !line.is_empty() {
        let _ = writeln!(text, "#{line}");
    }
}

fn add_list(text: &mut String, name: &str, about: &str, fields: &[Field]) {
    let _ = writeln!(text, "\n# {about}\n#[[{name}]]");
    for field in fields {
        let default = match field.default {
            "" => String::new(),
            default => format!(" (default: {default})"),
        };
        add_prose(text, &format!("{}{default}.", field.about));
        let _ = match field.example {
            "" => writeln!(text, "# {} = …", field.name),
            example => writeln!(text, "#{} = {example}", field.name),
        };
    }
}
