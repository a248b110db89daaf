//! The layers: file, environment, flags, each over the one before.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::audience::Audience;
use super::client::Client;
use super::hint::did_you_mean;
use super::load::Sources;
use super::names::{LISTS, Stage, TABLES, environment_name, flag_name, not_built, setting, stage};
use super::problem::{Place, Problems};
use super::reader::{Raw, Table, Value};
use super::table::SETTINGS;
use super::{audience, client, environment, file};

/// Values by path from all layers, the upper one's over the lower one's.
#[derive(Default)]
pub(super) struct Gathered {
    pub(super) scalars: BTreeMap<&'static str, Raw>,
    pub(super) audiences: Vec<Audience>,
    pub(super) clients: Vec<Client>,
    pub(super) problems: Problems,
    pub(super) warnings: Vec<String>,
    pub(super) file: Option<PathBuf>,
    /// Whether the file, if there is one, can be read at all.
    pub(super) readable: bool,
    pub(super) dev: bool,
}

impl From<&Sources> for Gathered {
    fn from(sources: &Sources) -> Self {
        let mut all = Self {
            dev: sources.flags.dev,
            ..Self::default()
        };
        all.file = sources.file();
        let file = all.file.clone();
        let table = file.and_then(|path| file::read(&path, &mut all.problems));
        all.readable = all.file.is_none() || table.is_some();
        if let Some(table) = table {
            all.read_file(&table);
        }
        let layer = environment::read(&sources.environment, &mut all.problems, &mut all.warnings);
        all.overlay(layer, environment_name);
        let flag = |(path, text): (&&'static str, &String)| {
            let place = Place::Flag(flag_name(path));
            let value = Value::Bare(text.clone());
            (*path, Raw { place, value })
        };
        let layer = sources.flags.settings.iter().map(flag).collect();
        all.overlay(layer, flag_name);
        all
    }
}

impl Gathered {
    fn read_file(&mut self, table: &Table) {
        let mut layer = Vec::new();
        for (key, raw) in &table.entries {
            if LISTS.contains(&key.as_str()) {
                self.read_list(key, raw);
            } else if let Value::Table(inner) = &raw.value
                && TABLES.contains(&key.as_str())
            {
                for (inner_key, inner_raw) in &inner.entries {
                    self.file_entry(&format!("{key}.{inner_key}"), inner_raw, &mut layer);
                }
                if key == "near" && inner.entries.is_empty() {
                    self.problems.add(&raw.place, not_built("near"));
                }
            } else if TABLES.contains(&key.as_str()) {
                self.problems
                    .add(&raw.place, format!("`{key}` is a table: write [{key}]"));
            } else {
                self.file_entry(key, raw, &mut layer);
            }
        }
        self.overlay(layer, str::to_owned);
    }

    fn file_entry(&mut self, path: &str, raw: &Raw, layer: &mut Vec<(&'static str, Raw)>) {
        if let Some(setting) = setting(path) {
            layer.push((setting.path, raw.clone()));
            return;
        }
        let known = SETTINGS.iter().map(|setting| setting.path);
        let hint = did_you_mean(path, known.chain(TABLES).chain(LISTS));
        let message = format!("unknown key `{path}`{hint}");
        self.problems.add(&raw.place, message);
    }

    fn read_list(&mut self, key: &str, raw: &Raw) {
        let Value::List(items) = &raw.value else {
            let message = format!("`{key}` is a list of tables: write [[{key}]]");
            self.problems.add(&raw.place, message);
            return;
        };
        for item in items {
            match &item.value {
                Value::Table(table) if key == "audience" => {
                    self.audiences
                        .extend(audience::read(table, &mut self.problems));
                }
                Value::Table(table) => {
                    self.clients.extend(client::read(table, &mut self.problems));
                }
                _ => self.problems.add(&item.place, format!("write [[{key}]]")),
            }
        }
    }

    /// Lays a layer over what is there. `name` is what the layer calls a setting.
    fn overlay(&mut self, layer: Vec<(&'static str, Raw)>, name: impl Fn(&str) -> String) {
        let has = |path| layer.iter().any(|(other, _)| *other == path);
        let both = has("store") && has("store_file");
        if both {
            let message = format!(
                "one of {} and {}, not both",
                name("store"),
                name("store_file")
            );
            for (_, raw) in layer.iter().filter(|(path, _)| *path == "store_file") {
                self.problems.add(&raw.place, &message);
            }
        }
        for (path, raw) in layer {
            if both && path.starts_with("store") {
                continue;
            }
            match stage(path) {
                Some(Stage::Later(default)) if default.is_none_or(|value| !raw.is(value)) => {
                    self.problems.add(&raw.place, not_built(&name(path)));
                }
                Some(Stage::Later(_)) | None => {}
                Some(Stage::Built) => {
                    // Two names of one setting: the upper layer's hides the lower one's.
                    match path {
                        "store" => self.scalars.remove("store_file"),
                        "store_file" => self.scalars.remove("store"),
                        _ => None,
                    };
                    self.scalars.insert(path, raw);
                }
            }
        }
    }

    pub(super) fn boolean(&mut self, path: &str) -> bool {
        let Some(raw) = self.scalars.get(path) else {
            return false;
        };
        let value = self.problems.take(&raw.place, raw.boolean());
        value.unwrap_or(false)
    }

    pub(super) fn parse<T>(
        &mut self,
        path: &str,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        let raw = self.scalars.get(path)?;
        raw.parse(&mut self.problems, parse)
    }
}
