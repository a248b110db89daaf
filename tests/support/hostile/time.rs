//! Class T: `exp`, `iat`, `nbf`, `auth_time` (RFC 7519, section 4.1).
//!
//! All of these are signed by the real key.

use serde_json::{Value, json};

use super::{Forge, Table};

const DAY: u64 = 24 * 60 * 60;

pub(super) fn add(forge: &Forge, now: u64, table: &mut Table) {
    spans(forge, now, table);
    let exp = now + 60;
    types(forge, "exp", exp, table);
    types(forge, "iat", now, table);
    types(forge, "nbf", now, table);
    types(forge, "auth_time", now, table);
    for (name, text) in [
        ("leading-zero", format!("0{exp}")),
        ("plus", format!("+{exp}")),
        ("hex", format!("{exp:#x}")),
        ("exponent", format!("{exp}e0")),
        ("point-zero", format!("{exp}.0")),
        ("huge", "1e300".to_owned()),
        ("2-to-the-64", "18446744073709551616".to_owned()),
        ("nan", "NaN".to_owned()),
        ("infinity", "Infinity".to_owned()),
    ] {
        let good = format!(r#""exp":{}"#, forge.claim("exp"));
        let payload = forge.payload().replace(&good, &format!(r#""exp":{text}"#));
        let token = forge.sign(forge.header(), payload);
        let note = "reads a number that is no whole number of seconds";
        table.add('T', &format!("exp-{name}"), note, token);
    }
}

fn spans(forge: &Forge, now: u64, table: &mut Table) {
    let span = |iat: u64, exp: u64| vec![("iat", json!(iat)), ("exp", json!(exp))];
    let cases = [
        (
            "exp-past",
            "takes an expired token",
            span(now - 60, now - 1),
        ),
        ("exp-now", "takes a token at its exp", span(now - 60, now)),
        ("exp-zero", "takes zero for no end", vec![("exp", json!(0))]),
        (
            "exp-max",
            "takes a token without an end",
            vec![("exp", json!(u64::MAX))],
        ),
        (
            "exp-millis",
            "takes milliseconds for seconds",
            vec![("exp", json!((now + 60) * 1_000))],
        ),
        (
            "too-long",
            "takes a longer life than it gives",
            span(now, now + DAY + 1),
        ),
        (
            "no-life",
            "takes a token that ends as it begins",
            span(now + 3, now + 3),
        ),
        (
            "backwards",
            "takes a token that ends before it begins",
            span(now + 4, now + 2),
        ),
        (
            "iat-future",
            "takes a token from the future",
            span(now + 3_600, now + 3_700),
        ),
        (
            "iat-millis",
            "takes milliseconds for seconds",
            vec![("iat", json!(now * 1_000))],
        ),
        (
            "nbf-future",
            "takes a token before its time",
            vec![("nbf", json!(now + 3_600))],
        ),
        (
            "nbf-max",
            "takes a token before its time",
            vec![("nbf", json!(u64::MAX))],
        ),
    ];
    for (name, note, members) in cases {
        table.add('T', name, note, forge.with(&members));
    }
}

fn types(forge: &Forge, member: &str, time: u64, table: &mut Table) {
    let values: [(&str, Value); 9] = [
        ("null", Value::Null),
        ("text", time.to_string().into()),
        ("empty-text", "".into()),
        (
            "float",
            Value::from(Value::from(time).as_f64().unwrap() + 0.5),
        ),
        ("negative", json!(-1)),
        ("true", json!(true)),
        ("list", json!([time])),
        ("object", json!({"value": time})),
        ("date", "2099-01-01T00:00:00Z".into()),
    ];
    for (name, value) in values {
        let token = forge.with(&[(member, value)]);
        let note = "takes a time that is no whole number of seconds";
        table.add('T', &format!("{member}-{name}"), note, token);
    }
    if member != "nbf" {
        let note = "takes a token without a time that it needs";
        table.add(
            'T',
            &format!("{member}-absent"),
            note,
            forge.without(&[member]),
        );
    }
}
