//! Values with their places, before their types are known.

use super::problem::{Place, Problems};

/// A value as a source gave it.
#[derive(Debug, Clone)]
pub(super) enum Value {
    /// From a flag or the environment: the setting decides the type.
    Bare(String),
    Text(String),
    Bool(bool),
    /// A whole number, as it is written.
    Number(String),
    List(Vec<Raw>),
    Table(Table),
    /// Of a type that no setting has, by its name.
    Other(&'static str),
}

/// A value and where it stands.
#[derive(Debug, Clone)]
pub(super) struct Raw {
    pub(super) place: Place,
    pub(super) value: Value,
}

/// A table of the file.
#[derive(Debug, Clone)]
pub(super) struct Table {
    pub(super) place: Place,
    pub(super) entries: Vec<(String, Raw)>,
}

impl Raw {
    pub(super) fn text(&self) -> Result<&str, String> {
        match &self.value {
            Value::Bare(text) | Value::Text(text) if text.is_empty() => {
                Err("is empty: leave it out for the default".to_owned())
            }
            Value::Bare(text) | Value::Text(text) => Ok(text),
            // Nothing is nothing in every unit.
            Value::Number(number) if number == "0" => Ok(number),
            Value::Number(_) => {
                Err("a text in quotes is needed (a duration with its unit: \"30s\")".to_owned())
            }
            other => Err(format!(
                "a text in quotes is needed, this is {}",
                other.kind()
            )),
        }
    }

    pub(super) fn boolean(&self) -> Result<bool, String> {
        match &self.value {
            Value::Bool(value) => Ok(*value),
            Value::Bare(text) => text
                .parse()
                .map_err(|_| "true or false is needed".to_owned()),
            other => Err(format!("true or false is needed, this is {}", other.kind())),
        }
    }

    /// A whole number, as it is written.
    pub(super) fn number(&self) -> Result<&str, String> {
        match &self.value {
            Value::Number(text) | Value::Bare(text) => Ok(text),
            other => Err(format!("a number is needed, this is {}", other.kind())),
        }
    }

    /// The items of a list, each with its place; separated by commas in the environment.
    pub(super) fn list(&self) -> Result<Vec<Self>, String> {
        match &self.value {
            Value::List(items) => Ok(items.clone()),
            Value::Bare(text) => Ok(text
                .split(',')
                .map(str::trim)
                .filter(|item| !item.is_empty())
                .map(|item| Self {
                    place: self.place.clone(),
                    value: Value::Bare(item.to_owned()),
                })
                .collect()),
            other => Err(format!("a list is needed, this is {}", other.kind())),
        }
    }

    /// The value, parsed; what is wrong with it is noted.
    pub(super) fn parse<T>(
        &self,
        problems: &mut Problems,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        let parsed = self.text().and_then(parse);
        problems.take(&self.place, parsed)
    }

    /// The items, parsed, each with its place; what is wrong with any is noted.
    pub(super) fn parse_list<T>(
        &self,
        problems: &mut Problems,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Vec<(Place, T)> {
        let items = problems.take(&self.place, self.list()).unwrap_or_default();
        items
            .into_iter()
            .filter_map(|item| {
                let parsed = item.parse(problems, &parse)?;
                Some((item.place, parsed))
            })
            .collect()
    }

    /// Whether this says nothing but the default, written as in [`super::names::Stage::Later`].
    pub(super) fn is(&self, default: &str) -> bool {
        match &self.value {
            Value::Bare(text) | Value::Text(text) | Value::Number(text) => text == default,
            Value::Bool(value) => value.to_string() == default,
            Value::List(items) => items.is_empty() && default.is_empty(),
            Value::Table(_) | Value::Other(_) => false,
        }
    }
}

impl Value {
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Bare(_) | Self::Text(_) => "a text",
            Self::Bool(_) => "true or false",
            Self::Number(_) => "integer",
            Self::List(_) => "a list",
            Self::Table(_) => "a table",
            Self::Other(kind) => kind,
        }
    }
}

/// The fields of one table, read by name.
pub(super) struct Fields<'a> {
    pub(super) table: &'a Table,
    pub(super) problems: &'a mut Problems,
}

impl Fields<'_> {
    pub(super) fn get(&self, key: &str) -> Option<&Raw> {
        let mut entries = self.table.entries.iter();
        entries.find(|(name, _)| name == key).map(|(_, raw)| raw)
    }

    /// The place of a field, or of its table.
    pub(super) fn place(&self, key: &str) -> Place {
        self.get(key)
            .map_or(&self.table.place, |raw| &raw.place)
            .clone()
    }

    pub(super) fn parse<T>(
        &mut self,
        key: &str,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        let raw = self.get(key)?.clone();
        raw.parse(self.problems, parse)
    }

    pub(super) fn number<T>(
        &mut self,
        key: &str,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        let raw = self.get(key)?;
        let parsed = raw.number().and_then(parse);
        self.problems.take(&raw.place.clone(), parsed)
    }

    pub(super) fn list<T>(
        &mut self,
        key: &str,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Vec<(Place, T)> {
        let raw = self.get(key).cloned();
        raw.map(|raw| raw.parse_list(self.problems, parse))
            .unwrap_or_default()
    }

    pub(super) fn boolean(&mut self, key: &str) -> Option<bool> {
        let raw = self.get(key)?;
        self.problems.take(&raw.place.clone(), raw.boolean())
    }
}
