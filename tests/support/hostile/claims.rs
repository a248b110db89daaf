//! Class C: the claims (RFC 7519, section 4; RFC 8725, sections 3.8, 3.9 and 3.12).
//!
//! All but the last few are signed by the real key under its own header.

use serde_json::{Value, json};

use super::forge::encode;
use super::{Forge, Table};

pub(super) fn add(forge: &Forge, issuer: &str, audience: &str, table: &mut Table) {
    names(forge, "iss", issuer, table);
    names(forge, "aud", audience, table);
    ids(forge, table);
    lists(forge, table);
    members(forge, table);
    payloads(forge, table);
    other_kinds(forge, table);
}

/// `iss` and `aud`: one exact text.
fn names(forge: &Forge, member: &str, good: &str, table: &mut Table) {
    let look_alike = good.replacen('e', "\u{435}", 1);
    let values: [(&str, Value); 20] = [
        ("other", "https://evil.example".into()),
        ("empty", "".into()),
        ("null", Value::Null),
        ("number", json!(5)),
        ("true", json!(true)),
        ("object", json!({good: true})),
        ("empty-list", json!([])),
        ("list", json!([good])),
        ("list-first", json!([good, "evil"])),
        ("list-last", json!(["evil", good])),
        ("nested-list", json!([[good]])),
        ("case", good.to_ascii_uppercase().into()),
        ("trailing-slash", format!("{good}/").into()),
        ("trailing-space", format!("{good} ").into()),
        ("leading-space", format!(" {good}").into()),
        ("nul", format!("{good}\0").into()),
        ("longer", format!("{good}.evil.example").into()),
        ("shorter", good[..good.len() - 1].into()),
        ("look-alike", format!("{look_alike}\u{200b}").into()),
        ("comma", format!("{good},evil").into()),
    ];
    for (name, value) in values {
        let token = forge.with(&[(member, value)]);
        let note = "takes a token of another issuer, or for another audience";
        table.add('C', &format!("{member}-{name}"), note, token);
    }
    let token = forge.without(&[member]);
    table.add(
        'C',
        &format!("{member}-absent"),
        "does not require a claim",
        token,
    );
}

/// `sub`, `jti`, `sid`, `client_id`.
fn ids(forge: &Forge, table: &mut Table) {
    let text = |member: &str| forge.claim(member).as_str().unwrap().to_owned();
    for member in ["sub", "jti", "sid", "client_id"] {
        let good = text(member);
        for (name, value) in [
            ("empty", Value::from("")),
            ("null", Value::Null),
            ("number", json!(1)),
            ("list", json!([good])),
            ("object", json!({"id": good})),
        ] {
            let token = forge.with(&[(member, value)]);
            let note = "takes an id that is no text, or none";
            table.add('C', &format!("{member}-{name}"), note, token);
        }
        let token = forge.without(&[member]);
        table.add(
            'C',
            &format!("{member}-absent"),
            "does not require a claim",
            token,
        );
    }
    for (name, value) in [("control", "a\r\nX-Injected: 1"), ("unicode", "fr\u{f6}nt")] {
        let token = forge.with(&[("client_id", value.into())]);
        let note = "takes a client id that cannot stand in a header";
        table.add('C', &format!("client_id-{name}"), note, token);
    }
    for (name, value) in [
        ("other", "somebody-else".to_owned()),
        ("control", "a\r\nX-Injected: 1".to_owned()),
        ("space", "a b".to_owned()),
        ("slash", "a/../b".to_owned()),
        ("dots", "..".to_owned()),
        ("unicode", "аlice".to_owned()),
        ("long", "a".repeat(256)),
    ] {
        let token = forge.with(&[("sub", value.into())]);
        let note = "takes a subject that no id of the token belongs to, or that is none";
        table.add('C', &format!("sub-{name}"), note, token);
    }
    for member in ["jti", "sid"] {
        let good = text(member);
        let (slot, tail) = good.split_once('.').unwrap();
        for (name, value) in [
            ("crlf", "a\r\nDEL x".to_owned()),
            ("glob", format!("{{{slot}}}.*")),
            ("long", "a".repeat(2_000)),
            ("no-dot", format!("{slot}{tail}")),
            ("two-dots", format!("{slot}..{tail}")),
            ("other-slot", format!("AAAAAAAAAAAAAAAA.{tail}")),
            ("padded", format!("{good}==")),
            ("short", good[..good.len() - 1].to_owned()),
            ("trailing-bits", format!("{}B", &good[..good.len() - 1])),
            ("uuid", "01234567-89ab-4cde-8f01-23456789abcd".to_owned()),
            ("space", format!("{good} ")),
        ] {
            let token = forge.with(&[(member, value.into())]);
            let note = "builds a key's name from an outsider's text";
            table.add('C', &format!("{member}-{name}"), note, token);
        }
    }
}

/// `scope` and `roles`.
fn lists(forge: &Forge, table: &mut Table) {
    let values: [(&str, &str, Value); 19] = [
        ("null", "scope", Value::Null),
        ("empty", "scope", "".into()),
        ("number", "scope", json!(1)),
        ("list", "scope", json!(["read"])),
        ("double-space", "scope", "read  write".into()),
        ("leading-space", "scope", " read".into()),
        ("trailing-space", "scope", "read ".into()),
        ("newline", "scope", "read\nwrite".into()),
        ("quote", "scope", "read\"".into()),
        ("unicode", "scope", "r\u{e9}ad".into()),
        ("null", "roles", Value::Null),
        ("empty", "roles", json!([])),
        ("text", "roles", "admin".into()),
        ("empty-role", "roles", json!([""])),
        ("number-role", "roles", json!([1])),
        ("null-role", "roles", json!([null])),
        ("two-in-one", "roles", json!(["editor admin"])),
        ("newline-role", "roles", json!(["editor\r\nX-Injected: 1"])),
        ("object", "roles", json!({"admin": true})),
    ];
    for (name, member, value) in values {
        let token = forge.with(&[(member, value)]);
        let note = "takes rights that it would not have written so";
        table.add('C', &format!("{member}-{name}"), note, token);
    }
}

/// Members twice, unknown, or under another spelling.
fn members(forge: &Forge, table: &mut Table) {
    for member in [
        "iss",
        "sub",
        "aud",
        "exp",
        "iat",
        "jti",
        "client_id",
        "sid",
        "scope",
        "roles",
    ] {
        let again = format!(r#""{member}":{}"#, forge.claim(member));
        let note = "takes one of two values";
        table.add(
            'C',
            &format!("twice-{member}"),
            note,
            forge.with_text(&again),
        );
    }
    let exp = forge.claim("exp");
    for (name, text) in [
        ("twice-other-sub", r#""sub":"root""#.to_owned()),
        ("twice-escaped", format!(r#""\u0065xp":{exp}"#)),
        ("unknown", r#""admin":true"#.to_owned()),
        ("unknown-case", format!(r#""EXP":{exp}"#)),
        ("unknown-space", format!(r#""exp ":{exp}"#)),
        ("unknown-empty", r#""":1"#.to_owned()),
        ("unknown-proto", r#""__proto__":{"admin":true}"#.to_owned()),
        ("unknown-null", r#""admin":null"#.to_owned()),
        ("act", r#""act":{"sub":"somebody-else"}"#.to_owned()),
        ("cnf", r#""cnf":{"jkt":"x"}"#.to_owned()),
        (
            "deep",
            format!(r#""a":{}{}"#, "[".repeat(500), "]".repeat(500)),
        ),
    ] {
        let note = "overlooks a claim that it did not write";
        table.add('C', name, note, forge.with_text(&text));
    }
}

/// Payloads that are not one JSON object in UTF-8.
fn payloads(forge: &Forge, table: &mut Table) {
    let good = forge.payload();
    let claims: Value = serde_json::from_str(&good).unwrap();
    let order = [
        "iss",
        "sub",
        "aud",
        "exp",
        "iat",
        "nbf",
        "jti",
        "client_id",
        "sid",
        "auth_time",
        "scope",
        "roles",
    ];
    let positional: Vec<Value> = order.iter().map(|name| claims[*name].clone()).collect();
    let texts: [(&str, Vec<u8>); 24] = [
        ("positional", Value::from(positional).to_string().into()),
        ("list", format!("[{good}]").into()),
        ("text", Value::from(good.as_str()).to_string().into()),
        ("number", "5".into()),
        ("null", "null".into()),
        ("true", "true".into()),
        ("empty", Vec::new()),
        ("empty-object", "{}".into()),
        ("twice", format!("{good}{good}").into()),
        ("trailing", format!("{good}x").into()),
        ("trailing-nul", format!("{good}\0").into()),
        ("trailing-comma", good.replacen('}', ",}", 1).into()),
        ("comment", good.replacen('{', "{/**/", 1).into()),
        ("single-quotes", good.replace('"', "'").into()),
        ("leading-space", format!(" {good}").into()),
        ("leading-newline", format!("\n{good}").into()),
        ("inner-space", good.replacen('{', "{ ", 1).into()),
        ("bom", format!("\u{feff}{good}").into()),
        ("cut", good[..good.len() - 1].into()),
        ("nan", good.replacen('{', r#"{"x":NaN,"#, 1).into()),
        (
            "lone-surrogate",
            good.replace("\"scope\":\"", "\"scope\":\"\\ud800").into(),
        ),
        (
            "bad-utf-8",
            good.replace("\"scope\":\"", "\"scope\":\"\u{1}").into(),
        ),
        (
            "utf-16",
            good.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        ),
        (
            "deep",
            ["[".repeat(1_000), "]".repeat(1_000)].concat().into(),
        ),
    ];
    for (name, mut payload) in texts {
        if name == "bad-utf-8" {
            let at = payload.iter().position(|b| *b == 1).unwrap();
            payload[at] = 0xff;
        }
        let token = forge.sign(forge.header(), payload);
        table.add(
            'C',
            &format!("json-{name}"),
            "reads what is not one JSON object",
            token,
        );
    }
}

/// What the same service writes for other ends, and a token in a token.
fn other_kinds(forge: &Forge, table: &mut Table) {
    let sid = forge.claim("sid").as_str().unwrap();
    let slot = &sid[..16];
    let tag = encode([0; 16]);
    let note = "takes one kind of token for another";
    let refresh = format!("jr_{sid}.1.{tag}.{tag}");
    table.add('C', "kind-refresh", note, refresh);
    let handle = encode([0; 32]);
    table.add('C', "kind-opaque", note, format!("jl_{slot}.{handle}"));
    table.add('C', "kind-one-time", note, format!("jo_{slot}.{handle}"));
    let note = "takes an id token for an access token";
    table.add(
        'C',
        "kind-id-token",
        note,
        forge.with(&[("nonce", "n".into())]),
    );
    let nested = forge.sign(forge.header(), forge.good());
    table.add('C', "kind-nested", "unwraps a token in a token", nested);
}
