//! What a token says of itself, for the eyes only: nothing here is checked, and nothing is
//! decided by it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

/// The header and the payload, as far as they are JSON objects.
#[derive(Debug, Default)]
pub(super) struct Decoded {
    pub(super) header: Option<Map<String, Value>>,
    pub(super) claims: Option<Map<String, Value>>,
}

impl Decoded {
    pub(super) fn of(token: &str) -> Self {
        let mut parts = token.split('.').map(object);
        Self {
            header: parts.next().flatten(),
            claims: parts.next().flatten(),
        }
    }
}

fn object(part: &str) -> Option<Map<String, Value>> {
    let bytes = URL_SAFE_NO_PAD.decode(part).ok()?;
    serde_json::from_slice(&bytes).ok()
}
