//! Class B: base64url, dots, white space, size (RFC 7515, sections 2, 3.1 and 7).

use serde_json::{Value, json};

use super::forge::encode;
use super::{Forge, Table};

pub(super) fn add(forge: &Forge, table: &mut Table) {
    around(&forge.good(), table);
    parts(forge, table);
    signed(forge, table);
    sizes(forge, table);
}

/// A good token with something in or about it.
fn around(good: &str, table: &mut Table) {
    let (input, signature) = good.rsplit_once('.').unwrap();
    let (header, payload) = input.split_once('.').unwrap();
    let last = |text: &str, by: u8| {
        // The same bytes when the unused bits at the end are ignored.
        let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        let (head, end) = text.split_at(text.len() - 1);
        let at = alphabet.find(end).unwrap() + usize::from(by);
        format!("{head}{}", &alphabet[at..=at])
    };
    let cases = [
        ("padded", format!("{good}==")),
        ("padded-once", format!("{good}=")),
        ("padded-header", format!("{header}=.{payload}.{signature}")),
        ("padded-payload", format!("{header}.{payload}=.{signature}")),
        ("trailing-bits", format!("{input}.{}", last(signature, 1))),
        (
            "more-trailing-bits",
            format!("{input}.{}", last(signature, 15)),
        ),
        ("one-letter-more", format!("{good}A")),
        ("three-letters-more", format!("{good}AAA")),
        ("leading-space", format!(" {good}")),
        ("trailing-space", format!("{good} ")),
        ("trailing-newline", format!("{good}\n")),
        ("trailing-crlf", format!("{good}\r\n")),
        ("trailing-tab", format!("{good}\t")),
        ("trailing-nul", format!("{good}\0")),
        ("trailing-comma", format!("{good},")),
        ("inner-space", format!("{header}. {payload}.{signature}")),
        ("inner-newline", format!("{header}.{payload}\n.{signature}")),
        ("inner-nul", format!("{header}.{payload}\0.{signature}")),
        ("bom", format!("\u{feff}{good}")),
        (
            "zero-width-space",
            format!("{header}\u{200b}.{payload}.{signature}"),
        ),
        (
            "full-width-dot",
            format!("{header}\u{ff0e}{payload}.{signature}"),
        ),
        ("percent-dot", good.replace('.', "%2E")),
        ("percent-letter", good.replacen('e', "%65", 1)),
        ("plus", format!("{input}.+{}", &signature[1..])),
        ("slash", format!("{input}./{}", &signature[1..])),
        ("quoted", format!("\"{good}\"")),
        ("bearer", format!("Bearer {good}")),
        ("list", format!("{good},{good}")),
        ("upper-case", good.to_ascii_uppercase()),
        ("lower-case", good.to_ascii_lowercase()),
        ("non-ascii", format!("{good}é")),
        ("reversed", good.chars().rev().collect()),
    ];
    for (name, token) in cases {
        table.add('B', name, "reads another text as the same token", token);
    }
}

fn parts(forge: &Forge, table: &mut Table) {
    let good = forge.good();
    let (input, signature) = good.rsplit_once('.').unwrap();
    let (header, payload) = input.split_once('.').unwrap();
    let flattened = json!({"protected": header, "payload": payload, "signature": signature});
    let general = json!({"payload": payload,
        "signatures": [{"protected": header, "signature": signature}]});
    let cases = [
        ("nothing", String::new()),
        ("dot", ".".to_owned()),
        ("two-dots", "..".to_owned()),
        ("three-dots", "...".to_owned()),
        ("many-dots", ".".repeat(10_000)),
        ("one-part", payload.to_owned()),
        ("header-only", format!("{header}..")),
        ("no-header", format!(".{payload}.{signature}")),
        ("no-payload", format!("{header}..{signature}")),
        ("four-parts", format!("{good}.{signature}")),
        (
            "five-parts",
            format!("{header}.{payload}.{signature}.{payload}.{signature}"),
        ),
        ("leading-dot", format!(".{good}")),
        ("trailing-dot", format!("{good}.")),
        ("double-dot", format!("{header}..{payload}.{signature}")),
        ("swapped", format!("{payload}.{header}.{signature}")),
        ("twice", format!("{good}{good}")),
        ("flattened-json", flattened.to_string()),
        ("general-json", general.to_string()),
        ("encoded-json", encode(flattened.to_string())),
        ("encoded-again", encode(&good)),
    ];
    for (name, token) in cases {
        table.add(
            'B',
            &format!("parts-{name}"),
            "reads what has not three parts",
            token,
        );
    }
}

/// Other encodings of good JSON, with a signature that holds over them.
fn signed(forge: &Forge, table: &mut Table) {
    use base64::Engine as _;
    use base64::engine::general_purpose::{STANDARD, URL_SAFE};

    let header = encode(forge.header());
    // A payload whose length leaves two unused bits, and one whose encoding has a plus sign.
    let mut payload = forge.payload();
    while payload.len() % 3 != 2 {
        payload.push(' ');
    }
    let mut bits = encode(&payload);
    let end = bits.pop().unwrap();
    bits.push(char::from(end as u8 + 1));
    let standard = STANDARD.encode(forge.payload().replace('{', "{\"~~~~>>>>\":1,"));
    let cases = [
        ("trailing-bits", format!("{header}.{bits}")),
        ("padded", format!("{header}.{}", URL_SAFE.encode(&payload))),
        ("standard-alphabet", format!("{header}.{standard}")),
        (
            "padded-header",
            format!("{}.{bits}", URL_SAFE.encode(forge.header() + " ")),
        ),
        ("not-encoded", format!("{header}.{}", forge.payload())),
        (
            "not-encoded-header",
            format!("{}.{}", forge.header(), encode(forge.payload())),
        ),
        (
            "encoded-twice",
            format!("{header}.{}", encode(encode(forge.payload()))),
        ),
        (
            "newlines",
            format!("{header}.{}\n", encode(forge.payload())),
        ),
        ("no-payload", format!("{header}.")),
        ("no-header", format!(".{}", encode(forge.payload()))),
        (
            "header-twice",
            format!("{header}.{header}.{}", encode(forge.payload())),
        ),
    ];
    for (name, input) in cases {
        let note = "reads an encoding that is not canonical base64url";
        table.add(
            'B',
            &format!("signed-{name}"),
            note,
            forge.sign_input(&input),
        );
    }
}

fn sizes(forge: &Forge, table: &mut Table) {
    let note = "reads a token of any size";
    let header = forge.header_with("x", "a".repeat(65_536).into());
    table.add(
        'B',
        "long-header",
        note,
        forge.sign(header, forge.payload()),
    );
    for (name, len) in [("long-payload", 4_096), ("megabyte-payload", 1_048_576)] {
        let token = forge.with(&[("roles", json!(["a".repeat(len)]))]);
        table.add('B', name, note, token);
    }
    let many: Vec<Value> = (0..10_000).map(Value::from).collect();
    table.add('B', "long-list", note, forge.with(&[("aud", many.into())]));
    let good = forge.good();
    let zeros = format!("{good}{}", "A".repeat(8_192));
    table.add('B', "long-signature", note, zeros);
}
