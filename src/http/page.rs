//! Pages: `{"items":[…],"next_cursor"?}`, newest first.

use actix_web::HttpResponse;
use actix_web::http::header::CACHE_CONTROL;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde_json::{Value, json};

use super::error::Problem;
use crate::store::{Cursor, Listed, Page};

const DEFAULT_LIMIT: usize = 50;
const MAX_LIMIT: usize = 200;

/// The query of a list.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PageQuery {
    pub(super) cursor: Option<String>,
    pub(super) limit: Option<usize>,
}

impl PageQuery {
    /// At most so many: 1 to 200, 50 when not said.
    pub(super) fn limit(&self) -> Result<usize, Problem> {
        match self.limit.unwrap_or(DEFAULT_LIMIT) {
            limit @ 1..=MAX_LIMIT => Ok(limit),
            _ => Err(Problem::invalid_request("limit: 1 to 200")),
        }
    }

    /// The part of a list that is asked for.
    pub(super) fn page(&self) -> Result<Page, Problem> {
        let after = self.cursor.as_deref().map(decode).transpose()?;
        Ok(Page {
            limit: self.limit()?,
            after,
        })
    }
}

/// A page of what a list gave.
pub(super) fn page_answer<T>(listed: &Listed<T>, render: impl Fn(&T) -> Value) -> HttpResponse {
    let items: Vec<_> = listed.items.iter().map(render).collect();
    items_answer(&items, listed.next.as_ref().map(encode))
}

/// A page of these items.
pub(super) fn items_answer(items: &[Value], next_cursor: Option<String>) -> HttpResponse {
    let mut body = json!({"items": items});
    if let (Some(body), Some(next)) = (body.as_object_mut(), next_cursor) {
        body.insert("next_cursor".to_owned(), json!(next));
    }
    HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "no-store"))
        .json(body)
}

/// An audit event's id as a cursor: numbers, perhaps two with a dash between them.
pub(super) fn event_id(raw: &str) -> Result<&str, Problem> {
    let number = |text: &str| text.parse::<u64>().is_ok() && !text.starts_with('+');
    let (first, second) = raw.split_once('-').unwrap_or((raw, "0"));
    if number(first) && number(second) {
        return Ok(raw);
    }
    Err(Problem::invalid_request("cursor: not one that a page gave"))
}

fn encode(cursor: &Cursor) -> String {
    URL_SAFE_NO_PAD.encode(format!("{}:{}", cursor.created_at, cursor.key))
}

fn decode(raw: &str) -> Result<Cursor, Problem> {
    let bad = || Problem::invalid_request("cursor: not one that a page gave");
    let bytes = URL_SAFE_NO_PAD.decode(raw).map_err(|_| bad())?;
    let text = String::from_utf8(bytes).map_err(|_| bad())?;
    let (created_at, key) = text.split_once(':').ok_or_else(bad)?;
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-_.".contains(&b);
    if key.len() > 64 || !key.bytes().all(plain) {
        return Err(bad());
    }
    Ok(Cursor {
        created_at: created_at.parse().map_err(|_| bad())?,
        key: key.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_comes_back_as_it_was_given() {
        let cursor = Cursor {
            created_at: 1_700_000_000,
            key: "K9gGyX8OAK8aH8My".to_owned(),
        };
        assert_eq!(decode(&encode(&cursor)).unwrap(), cursor);
    }

    #[test]
    fn what_no_page_gave_is_refused() {
        for bad in [
            "",
            "x",
            "!!",
            &URL_SAFE_NO_PAD.encode("1:{a}*"),
            &URL_SAFE_NO_PAD.encode("-1:a"),
        ] {
            assert!(decode(bad).is_err(), "{bad}");
        }
    }
}
