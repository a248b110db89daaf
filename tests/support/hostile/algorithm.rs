//! Class A: `alg` (RFC 8725, sections 2.1 and 3.1).

use serde_json::{Value, json};

use super::forge::encode;
use super::{Forge, Table};

pub(super) fn add(forge: &Forge, table: &mut Table) {
    let spellings = [
        ("lower", "none"),
        ("title", "None"),
        ("upper", "NONE"),
        ("mixed", "nOnE"),
        ("space", "none "),
        ("nul", "none\0"),
        ("empty", ""),
    ];
    for (name, alg) in spellings {
        let header = forge.header_with("alg", alg.into());
        let unsigned = format!("{}.{}.", encode(&header), encode(forge.payload()));
        table.add(
            'A',
            &format!("none-{name}"),
            "takes an unsigned token",
            unsigned,
        );
        let signed = forge.sign(&header, forge.payload());
        let note = "takes an algorithm that is not the pinned one";
        table.add('A', &format!("none-{name}-signed"), note, signed);
    }
    let header = forge.header_with("alg", "none".into());
    let two_parts = format!("{}.{}", encode(header), encode(forge.payload()));
    table.add('A', "none-two-parts", "takes an unsigned token", two_parts);

    let values: [(&str, Value); 19] = [
        ("null", Value::Null),
        ("list", json!(["ES256"])),
        ("number", json!(256)),
        ("true", json!(true)),
        ("object", json!({"ES256": null})),
        ("lower", "es256".into()),
        ("title", "Es256".into()),
        ("space", "ES256 ".into()),
        ("es384", "ES384".into()),
        ("es512", "ES512".into()),
        ("es256k", "ES256K".into()),
        ("hs256", "HS256".into()),
        ("hs512", "HS512".into()),
        ("rs256", "RS256".into()),
        ("ps256", "PS256".into()),
        ("eddsa", "EdDSA".into()),
        ("ed25519", "Ed25519".into()),
        ("unknown", "XX999".into()),
        ("dir", "dir".into()),
    ];
    for (name, alg) in values {
        let token = forge.sign(forge.header_with("alg", alg), forge.payload());
        table.add('A', name, "reads the algorithm from the token", token);
    }

    let good = forge.header();
    let texts = [
        ("absent", forge.header_without("alg")),
        ("member-case", good.replace("alg", "Alg")),
        ("twice-first", good.replacen('{', r#"{"alg":"none","#, 1)),
        ("twice-last", good.replacen('}', r#","alg":"none"}"#, 1)),
        ("twice-same", good.replacen('{', r#"{"alg":"ES256","#, 1)),
        ("escaped-name", good.replace("alg", r"\u0061lg")),
        ("escaped-value", good.replace("ES256", r"ES25\u0036")),
    ];
    for (name, header) in texts {
        let token = forge.sign(header, forge.payload());
        table.add('A', name, "reads a header that is not its own", token);
    }
}
