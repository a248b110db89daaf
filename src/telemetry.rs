//! The log: one line an event, on standard error, for people or as JSON.
//!
//! A control character in what an outsider wrote is escaped, so that nobody can write a line of
//! his own.

use std::io::{self, Write};
use std::sync::Arc;

use chrono::{DateTime, SecondsFormat};
use env_logger::{Builder, Target};
use log::kv::{Error, Key, Value, VisitSource};
use log::{Record, SetLoggerError};
use serde_json::Map;

use crate::clock::Clock;
use crate::settings::LogFormat;

/// Installs the process's logger.
///
/// # Errors
/// There is one already.
pub fn init(filter: &str, format: LogFormat, clock: Arc<dyn Clock>) -> Result<(), SetLoggerError> {
    Builder::new()
        .parse_filters(filter)
        .target(Target::Stderr)
        .format(move |out, record| line(out, format, record, clock.micros()))
        .try_init()
}

/// The names that a line has itself; a key-value of such a name gets an underscore.
const OWN: [&str; 4] = ["time", "level", "target", "message"];

fn line(
    out: &mut dyn Write,
    format: LogFormat,
    record: &Record<'_>,
    micros: u64,
) -> io::Result<()> {
    let time = time(micros);
    let level = record.level();
    let message = record.args().to_string();
    let mut fields = Fields(Map::new());
    // Its only error is ours to raise, and we raise none.
    let _ = record.key_values().visit(&mut fields);
    match format {
        LogFormat::Json => {
            let own = [&time, level.as_str(), record.target(), &message];
            let mut separator = '{';
            for (name, value) in OWN.iter().zip(own) {
                write!(
                    out,
                    "{separator}\"{name}\":{}",
                    serde_json::Value::from(value)
                )?;
                separator = ',';
            }
            for (name, value) in fields.0 {
                write!(out, ",{}:{value}", serde_json::Value::from(name))?;
            }
            writeln!(out, "}}")
        }
        LogFormat::Text => {
            let message = escape(&message);
            write!(out, "{time} {level:<5} {} {message}", record.target())?;
            for (name, value) in fields.0 {
                let plain = value
                    .as_str()
                    .filter(|text| is_plain(text))
                    .map(str::to_owned);
                let value = plain.unwrap_or_else(|| value.to_string());
                write!(out, " {name}={value}")?;
            }
            writeln!(out)
        }
    }
}

/// RFC 3339, in UTC, to the millisecond.
fn time(micros: u64) -> String {
    let micros = i64::try_from(micros).unwrap_or_default();
    let time = DateTime::from_timestamp_micros(micros).unwrap_or_default();
    time.to_rfc3339_opts(SecondsFormat::Millis, true)
}

fn escape(text: &str) -> String {
    let escaped = |c: char| -> String {
        if c.is_control() {
            c.escape_default().to_string()
        } else {
            c.to_string()
        }
    };
    text.chars().map(escaped).collect()
}

fn is_plain(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|b| b.is_ascii_graphic() && b != b'"' && b != b'\\')
}

/// The key-values of a record as JSON.
struct Fields(Map<String, serde_json::Value>);

impl<'kvs> VisitSource<'kvs> for Fields {
    fn visit_pair(&mut self, key: Key<'kvs>, value: Value<'kvs>) -> Result<(), Error> {
        let own = OWN.contains(&key.as_str());
        let name = if own {
            format!("{key}_")
        } else {
            key.to_string()
        };
        let number = value.to_u64().map(Into::into);
        let number = number.or_else(|| value.to_i64().map(Into::into));
        let value = number
            .or_else(|| value.to_bool().map(Into::into))
            .unwrap_or_else(|| value.to_string().into());
        self.0.insert(name, value);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use log::Level;

    use super::*;

    fn written(format: LogFormat, message: &str, kvs: &[(&str, Value<'_>)]) -> String {
        let mut out = Vec::new();
        let kvs: Vec<_> = kvs.to_vec();
        line(
            &mut out,
            format,
            &Record::builder()
                .args(format_args!("{message}"))
                .level(Level::Info)
                .target("jotleash::http")
                .key_values(&kvs)
                .build(),
            1_700_000_000_123_456,
        )
        .unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn json_is_one_object_a_line_whatever_the_message_holds() {
        let kvs = [
            ("request_id", Value::from("r1")),
            ("status", Value::from(200)),
            ("time", Value::from(true)),
        ];
        let text = written(LogFormat::Json, "a \"b\"\n{", &kvs);
        assert_eq!(text.lines().count(), 1);
        let expected = serde_json::json!({
            "time": "2023-11-14T22:13:20.123Z",
            "level": "INFO",
            "target": "jotleash::http",
            "message": "a \"b\"\n{",
            "request_id": "r1",
            "status": 200,
            "time_": true,
        });
        assert_eq!(
            serde_json::from_str::<serde_json::Value>(&text).unwrap(),
            expected
        );
    }

    #[test]
    fn text_is_one_line_whatever_the_message_and_the_values_hold() {
        let kvs = [
            ("request_id", Value::from("r1")),
            ("agent", Value::from("x\ny z")),
        ];
        let text = written(LogFormat::Text, "log-in\r\nforged \u{1b}[31m", &kvs);
        assert_eq!(
            text,
            "2023-11-14T22:13:20.123Z INFO  jotleash::http log-in\\r\\nforged \\u{1b}[31m \
             agent=\"x\\ny z\" request_id=r1\n"
        );
    }
}
