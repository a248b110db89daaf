//! The configuration file as a tree of values with their lines.

use std::path::Path;

use toml::de::{DeTable, DeValue};

use super::problem::{Place, Problems};
use super::reader::{Raw, Table, Value};

/// Reads the file, as far as it is TOML.
pub(super) fn read(path: &Path, problems: &mut Problems) -> Option<Table> {
    let start = Place::File {
        path: path.to_owned(),
        line: 1,
    };
    let text = problems.take(
        &start,
        std::fs::read_to_string(path).map_err(|error| format!("cannot be read: {error}")),
    )?;
    let source = Source { path, text: &text };
    let (table, errors) = DeTable::parse_recoverable(&text);
    for error in &errors {
        let at = error.span().map_or(0, |span| span.start);
        // The parser's words for a line without a value have a line break.
        problems.add(&source.place(at), error.message().replace('\n', ", "));
    }
    errors
        .is_empty()
        .then(|| source.table(start, table.get_ref()))
}

struct Source<'a> {
    path: &'a Path,
    text: &'a str,
}

impl Source<'_> {
    fn place(&self, offset: usize) -> Place {
        let before = self.text.bytes().take(offset);
        Place::File {
            path: self.path.to_owned(),
            line: before.filter(|byte| *byte == b'\n').count() + 1,
        }
    }

    fn table(&self, place: Place, table: &DeTable<'_>) -> Table {
        let mut entries: Vec<_> = table
            .iter()
            .map(|(key, value)| {
                let place = self.place(key.span().start);
                let value = self.value(&place, value.get_ref());
                (key.get_ref().to_string(), Raw { place, value })
            })
            .collect();
        entries.sort_by(|(_, left), (_, right)| left.place.cmp(&right.place));
        Table { place, entries }
    }

    fn value(&self, place: &Place, value: &DeValue<'_>) -> Value {
        match value {
            DeValue::String(text) => Value::Text(text.to_string()),
            DeValue::Boolean(value) => Value::Bool(*value),
            DeValue::Array(items) => Value::List(
                items
                    .iter()
                    .map(|item| {
                        let place = self.place(item.span().start);
                        let value = self.value(&place, item.get_ref());
                        Raw { place, value }
                    })
                    .collect(),
            ),
            DeValue::Table(table) => Value::Table(self.table(place.clone(), table)),
            DeValue::Integer(number) if number.radix() == 10 => {
                Value::Number(number.as_str().to_owned())
            }
            DeValue::Integer(_) | DeValue::Float(_) | DeValue::Datetime(_) => {
                Value::Other(value.type_str())
            }
        }
    }
}
