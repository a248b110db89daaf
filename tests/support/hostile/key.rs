//! Class K: which key verifies (RFC 8725, sections 2.2, 3.5 and 3.10).

use serde_json::{Value, json};

use super::forge::{encode, hs256};
use super::{Forge, Table};

/// `SubjectPublicKeyInfo` of a P-256 key up to the point (RFC 5480).
const SPKI: &[u8] = b"\x30\x59\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\
    \x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07\x03\x42\x00";

pub(super) fn add(forge: &Forge, issuer: &str, table: &mut Table) {
    confusion(forge, table);
    weak_secrets(forge, table);
    ids(forge, table);
    strangers(forge, table);
    headers_with_keys(forge, issuer, table);
}

/// The public key used as an HMAC secret.
fn confusion(forge: &Forge, table: &mut Table) {
    let der = [SPKI, forge.point()].concat();
    let block = pem::encode(&pem::Pem::new("PUBLIC KEY", &*der));
    let lines = block.replace('\r', "");
    let secrets: [(&str, Vec<u8>); 10] = [
        ("pem", lines.clone().into()),
        ("pem-crlf", block.into()),
        ("pem-trimmed", lines.trim_end().into()),
        ("pem-leading-space", format!(" {lines}").into()),
        ("der", der),
        ("point", forge.point().to_vec()),
        ("x", forge.point()[1..33].to_vec()),
        ("jwk", forge.jwk().to_string().into()),
        ("kid", forge.kid().into()),
        ("private-pem", forge.pem.clone().into()),
    ];
    for (name, secret) in secrets {
        let header = forge.header_with("alg", "HS256".into());
        let token = hs256(&secret, &header, &forge.payload());
        let note = "uses the public key as an HMAC secret";
        table.add('K', &format!("confusion-{name}"), note, token);
        let token = hs256(&secret, &forge.header(), &forge.payload());
        let note = "takes an HMAC tag for a signature";
        table.add('K', &format!("confusion-es256-{name}"), note, token);
    }
}

fn weak_secrets(forge: &Forge, table: &mut Table) {
    for (name, secret) in [
        ("empty", ""),
        ("zero", "0"),
        ("secret", "secret"),
        ("password", "password"),
        ("changeme", "changeme"),
        ("jwt-io", "your-256-bit-secret"),
    ] {
        let header = forge.header_with("alg", "HS256".into());
        let token = hs256(secret.as_bytes(), &header, &forge.payload());
        table.add(
            'K',
            &format!("weak-{name}"),
            "has a guessable secret",
            token,
        );
    }
    let mut header: Value = serde_json::from_str(&forge.header()).unwrap();
    header["alg"] = "HS256".into();
    header["kid"] = "../../../../dev/null".into();
    let token = hs256(b"", &header.to_string(), &forge.payload());
    table.add(
        'K',
        "weak-dev-null",
        "reads a key from a path in the token",
        token,
    );
}

/// `kid` is ours or it is nothing.
fn ids(forge: &Forge, table: &mut Table) {
    let kid = forge.kid();
    let values: [(&str, Value); 18] = [
        ("path", "../../../../dev/null".into()),
        ("sql", "' UNION SELECT 'secret' --".into()),
        ("shell", "|sleep 10".into()),
        ("crlf", "a\r\nX-Injected: 1".into()),
        ("key-name", "jl:*:t:*".into()),
        ("unknown", "unknown".into()),
        ("url", "https://evil.example/key".into()),
        ("empty", "".into()),
        ("leading-space", format!(" {kid}").into()),
        ("trailing-space", format!("{kid} ").into()),
        ("nul", format!("{kid}\0").into()),
        ("case", kid.to_ascii_uppercase().into()),
        ("prefix", kid[..42].into()),
        ("long", "a".repeat(4096).into()),
        ("number", json!(1)),
        ("null", Value::Null),
        ("list", json!([kid])),
        ("object", json!({"kid": kid})),
    ];
    for (name, value) in values {
        let token = forge.sign(forge.header_with("kid", value), forge.payload());
        table.add(
            'K',
            &format!("kid-{name}"),
            "looks a key up by an outsider's id",
            token,
        );
    }
    let good = forge.header();
    let texts = [
        ("absent", forge.header_without("kid")),
        ("twice-first", good.replacen('{', r#"{"kid":"x","#, 1)),
        ("twice-last", good.replacen('}', r#","kid":"x"}"#, 1)),
        ("escaped-name", good.replace("kid", r"\u006bid")),
    ];
    for (name, header) in texts {
        let token = forge.sign(header, forge.payload());
        table.add(
            'K',
            &format!("kid-{name}"),
            "tries every key, or any",
            token,
        );
    }
}

/// Another key, under its own id and under ours.
fn strangers(forge: &Forge, table: &mut Table) {
    let stranger = forge.stranger();
    let token = stranger.good();
    table.add(
        'K',
        "unknown-key",
        "takes a key that is not, or no longer, its own",
        token,
    );
    let token = stranger.sign(forge.header(), forge.payload());
    table.add(
        'K',
        "borrowed-id",
        "checks the id and not the signature",
        token,
    );
}

/// A key, or where to get one, in the header.
fn headers_with_keys(forge: &Forge, issuer: &str, table: &mut Table) {
    let stranger = forge.stranger();
    let jku = |url: &str| ("jku", Value::from(url));
    let host = issuer.split_once("//").map_or(issuer, |(_, host)| host);
    let members = [
        ("jwk", ("jwk", stranger.jwk())),
        ("jwk-ours", ("jwk", forge.jwk())),
        ("jwk-malformed", ("jwk", json!({"kty": "EC"}))),
        ("jwk-secret", ("jwk", json!({"kty": "oct", "k": ""}))),
        ("jku", jku("https://evil.example/jwks.json")),
        (
            "jku-userinfo",
            jku(&format!("https://{host}@evil.example/jwks.json")),
        ),
        (
            "jku-metadata",
            jku("http://169.254.169.254/latest/meta-data"),
        ),
        ("jku-ours", jku(&format!("{issuer}/.well-known/jwks.json"))),
        ("x5u", ("x5u", "https://evil.example/chain.pem".into())),
        ("x5c", ("x5c", json!([encode(stranger.point())]))),
        ("x5t", ("x5t", encode([0; 20]).into())),
        ("x5t-s256", ("x5t#S256", encode([0; 32]).into())),
    ];
    for (name, (member, value)) in members {
        let header = forge.header_with(member, value);
        let token = stranger.sign(&header, forge.payload());
        table.add('K', name, "takes a key from the token", token);
        let token = forge.sign(&header, forge.payload());
        let note = "reads a header that is not its own";
        table.add('K', &format!("{name}-signed"), note, token);
    }
}
