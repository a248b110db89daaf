//! Class H: the rest of the header (RFC 7515, section 4; RFC 8725, sections 3.7 and 3.11).
//!
//! All of these are signed by the real key.

use serde_json::{Value, json};

use super::{Forge, Table};

pub(super) fn add(forge: &Forge, table: &mut Table) {
    let values: [(&str, &str, Value); 24] = [
        ("crit-unknown", "crit", json!(["x"])),
        ("crit-empty", "crit", json!([])),
        ("crit-registered", "crit", json!(["alg"])),
        ("crit-exp", "crit", json!(["exp"])),
        ("crit-text", "crit", "alg".into()),
        ("b64-false", "b64", json!(false)),
        ("b64-true", "b64", json!(true)),
        ("typ-other", "typ", "JWT".into()),
        ("typ-lower", "typ", "jwt".into()),
        ("typ-case", "typ", "AT+JWT".into()),
        ("typ-media-type", "typ", "application/at+jwt".into()),
        ("typ-dpop", "typ", "dpop+jwt".into()),
        ("typ-logout", "typ", "logout+jwt".into()),
        ("typ-empty", "typ", "".into()),
        ("typ-null", "typ", Value::Null),
        ("typ-number", "typ", json!(5)),
        ("typ-list", "typ", json!(["at+jwt"])),
        ("cty", "cty", "JWT".into()),
        ("zip", "zip", "DEF".into()),
        ("enc", "enc", "A128GCM".into()),
        ("p2c", "p2c", json!(2_147_483_647)),
        ("epk", "epk", forge.jwk()),
        ("nonce", "nonce", "x".into()),
        ("iss", "iss", forge.claim("iss").clone()),
    ];
    for (name, member, value) in values {
        let token = forge.sign(forge.header_with(member, value), forge.payload());
        table.add('H', name, "takes a header that it did not write", token);
    }
    texts(forge, table);

    let header = forge
        .header()
        .replacen('}', r#","b64":false,"crit":["b64"]}"#, 1);
    let input = format!("{}.{}", super::forge::encode(header), forge.payload());
    let note = "takes a payload that is not encoded (RFC 7797)";
    table.add('H', "b64-critical", note, forge.sign_input(&input));
}

fn texts(forge: &Forge, table: &mut Table) {
    let good = forge.header();
    let kid = forge.kid();
    let texts: [(&str, Vec<u8>); 17] = [
        ("typ-absent", forge.header_without("typ").into()),
        (
            "typ-twice",
            good.replacen('{', r#"{"typ":"JWT","#, 1).into(),
        ),
        ("empty", Vec::new()),
        ("empty-object", "{}".into()),
        ("null", "null".into()),
        ("list", format!("[{good}]").into()),
        ("text", Value::from(good.as_str()).to_string().into()),
        ("trailing", format!("{good}x").into()),
        ("trailing-newline", format!("{good}\n").into()),
        ("twice", format!("{good}{good}").into()),
        ("space-inside", good.replace(':', ": ").into()),
        (
            "other-order",
            format!(r#"{{"typ":"at+jwt","alg":"ES256","kid":"{kid}"}}"#).into(),
        ),
        ("bom", format!("\u{feff}{good}").into()),
        ("bad-utf-8", [good.as_bytes(), b"\xff"].concat()),
        (
            "utf-16",
            good.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        ),
        (
            "deep",
            ["[".repeat(1_000), "]".repeat(1_000)].concat().into(),
        ),
        ("unknown-member", good.replacen('{', r#"{"x":1,"#, 1).into()),
    ];
    for (name, header) in texts {
        let token = forge.sign(header, forge.payload());
        table.add('H', name, "parses a header that it did not write", token);
    }
}
