//! What is known about a token, as text and as JSON.

use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use super::decode::Decoded;
use crate::cli::exit::Exit;
use crate::cli::when::{relative, rfc3339};

/// The claims that are times (RFC 7519, section 4.1, and `auth_time` of `OpenID` Connect).
const TIMES: [&str; 4] = ["exp", "nbf", "iat", "auth_time"];

/// A verdict and what led to it.
#[derive(Debug)]
pub(super) struct Report {
    /// `live`, `revoked`, `expired`, `invalid`, as the admin API has them, or `verified`: the
    /// signature and the times are right, and nobody was asked whether it is live.
    pub(super) verdict: String,
    /// Why, in the words of whoever judged.
    pub(super) reason: String,
    /// The verdict in one sentence, from the present time on.
    pub(super) sentence: String,
    /// What the token says.
    pub(super) decoded: Decoded,
    /// Whether the signature was checked and held.
    pub(super) signed: bool,
    /// When it was revoked, Unix seconds, and by whom.
    pub(super) revoked: Option<(u64, String)>,
}

impl Report {
    pub(super) fn exit(&self) -> Exit {
        match self.verdict.as_str() {
            "live" | "verified" => Exit::Done,
            _ => Exit::Refused,
        }
    }

    pub(super) fn json(&self, now: u64) -> Value {
        let mut object = json!({
            "verdict": self.verdict,
            "reason": self.reason,
            "sentence": self.sentence,
            "signature_checked": self.signed,
            "now": now,
        });
        if let Some(object) = object.as_object_mut() {
            let mut add = |name: &str, value: Option<Value>| {
                object.extend(value.map(|value| (name.to_owned(), value)));
            };
            add("header", self.decoded.header.clone().map(Value::Object));
            add("claims", self.decoded.claims.clone().map(Value::Object));
            let revoked = self.revoked.as_ref();
            add("revoked_at", revoked.map(|(at, _)| json!(at)));
            add("revoked_by", revoked.map(|(_, by)| json!(by)));
        }
        object
    }

    pub(super) fn text(&self, now: u64) -> String {
        let mut text = String::new();
        let unchecked = if self.signed { "" } else { " (not verified)" };
        let parts = [
            ("header", &self.decoded.header),
            ("claims", &self.decoded.claims),
        ];
        for (name, part) in parts {
            if let Some(part) = part {
                // Writing to a `String` cannot fail.
                let _ = writeln!(text, "{name}{unchecked}");
                list(&mut text, part, now);
            }
        }
        text + &self.sentence
    }
}

fn list(text: &mut String, members: &Map<String, Value>, now: u64) {
    for (name, value) in members {
        let time = value.as_u64().filter(|_| TIMES.contains(&name.as_str()));
        let shown = match time.and_then(|time| Some((rfc3339(time)?, relative(time, now)))) {
            Some((time, relative)) => format!("{time} ({relative})"),
            None => plain(value),
        };
        let _ = writeln!(text, "  {:<10} {shown}", printable(name));
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => printable(text),
        other => printable(&other.to_string()),
    }
}

/// The text, with quotes and escapes where it would do something to a terminal.
pub(super) fn printable(text: &str) -> String {
    let escaped = text.escape_debug().to_string();
    let harmless = escaped.replace("\\\"", "\"").replace("\\'", "'");
    if harmless == text {
        text.to_owned()
    } else {
        format!("\"{escaped}\"")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_token_moves_the_cursor() {
        for (said, shown) in [
            ("web", "web"),
            ("it's \"so\"", "it's \"so\""),
            ("Zoë", "Zoë"),
            ("a\u{1b}[2Jb", "\"a\\u{1b}[2Jb\""),
            ("a\nb", "\"a\\nb\""),
            ("a\u{9b}31mb", "\"a\\u{9b}31mb\""),
            ("a\u{202e}b", "\"a\\u{202e}b\""),
        ] {
            assert_eq!(printable(said), shown);
        }
    }

    #[test]
    fn times_are_told_by_the_clock_and_from_now() {
        let claims = json!({"exp": 1_000_000_000, "n": 5, "aud": ["a", "b"]});
        let report = Report {
            verdict: "expired".to_owned(),
            reason: String::new(),
            sentence: "expired 1 min ago".to_owned(),
            decoded: Decoded {
                header: None,
                claims: claims.as_object().cloned(),
            },
            signed: true,
            revoked: None,
        };
        let text = report.text(1_000_000_060);
        assert!(
            text.contains("exp        2001-09-09T01:46:40Z (1 min ago)\n"),
            "{text}"
        );
        assert!(text.contains("aud        [\"a\",\"b\"]\n"), "{text}");
        assert!(text.ends_with("\nexpired 1 min ago"), "{text}");
        assert_eq!(report.exit(), Exit::Refused);
    }
}
