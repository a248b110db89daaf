//! `jotleash keys rotate` and `jotleash keys retire`: another key, and the end of one.

use clap::Args;
use serde_json::{Value, json};

use super::exit::Exit;
use super::failure::Failure;
use super::service::{Service, ServiceArgs};
use super::when::rfc3339;
use crate::output;
use crate::settings::Environment;

pub(super) const ROTATE_ABOUT: &str = "\
Have the running service publish a key that will sign

It is published at once, and signs after keys.publish_before (2 h unless set), \
when whoever verifies tokens has fetched it; the old key verifies until all that it signed has \
expired. With --now it signs in about five seconds, for an emergency. With --mac it is a MAC key, \
which only the instances have to know: it tags refresh and opaque tokens after four seconds, and the old one is \
accepted until it is retired.

The service is asked as the admin client of JOTLEASH_ADMIN_URL, \
JOTLEASH_ADMIN_CLIENT_ID and JOTLEASH_ADMIN_CLIENT_SECRET, or of --profile.";

pub(super) const ROTATE_EXAMPLES: &str = "\
Examples:
  jotleash keys rotate
  jotleash keys rotate --now --profile data/dev.env
  jotleash keys rotate --mac

Exit codes: 0 done, 1 refused (four keys are in use, the folder cannot be
written …), 4 not allowed, 5 the service cannot be reached.";

pub(super) const RETIRE_ABOUT: &str = "\
Have the running service refuse all that a key has signed

For a key that leaked. From the answer on, about a second later, no instance accepts a \
token that it signed, and none publishes it. Sessions go on: a refresh gives a token of the key \
that signs now. That one cannot be retired: rotate first. A next key can be withdrawn until 3 s \
before it signs.

A MAC key (mac-…) takes three seconds. Who has not refreshed since it was replaced logs in anew.";

pub(super) const RETIRE_EXAMPLES: &str = "\
Examples:
  jotleash keys rotate --now && jotleash keys retire KID
  jotleash keys retire KID --dry-run --json

Exit codes: 0 done, 1 refused (the key signs, the folder cannot be written),
3 no such key, 4 not allowed, 5 the service cannot be reached: repeat it.";

#[derive(Debug, Args)]
pub(super) struct Rotate {
    /// Sign as soon as every instance has the key, and wait for that
    #[arg(long)]
    now: bool,
    /// A MAC key, which tags refresh and opaque tokens, and not one that signs
    #[arg(long)]
    mac: bool,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    service: ServiceArgs,
}

#[derive(Debug, Args)]
pub(super) struct Retire {
    /// The key's kid, or a MAC key's id, as keys list tells it
    #[arg(value_name = "KID", allow_hyphen_values = true)]
    kid: String,
    /// Say what would happen, and change nothing
    #[arg(long)]
    dry_run: bool,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    service: ServiceArgs,
}

/// Runs `keys rotate`.
pub(super) fn rotate(args: &Rotate, environment: &Environment) -> Result<Exit, Failure> {
    let service = Service::open(&args.service, environment)?;
    let key = service.post("/keys/rotate", &json!({"now": args.now, "mac": args.mac}))?;
    let kid = text(&key, "kid");
    let from = time(&key, "active_from");
    let sentence = match (text(&key, "state"), args.mac) {
        ("active", false) => format!("{kid} signs since {from}"),
        ("active", true) => format!("{kid} tags since {from}"),
        (_, false) => format!("{kid} is published, and signs from {from} on"),
        (_, true) => format!("{kid} is accepted, and tags from {from} on"),
    };
    tell(&key, args.json, &sentence)
}

/// Runs `keys retire`.
pub(super) fn retire(args: &Retire, environment: &Environment) -> Result<Exit, Failure> {
    // Whatever else it is, it must not lead to another path.
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    if args.kid.is_empty() || !args.kid.chars().all(plain) {
        return Err(Failure::usage(
            "a kid is letters, digits, - and _ only: see jotleash keys list",
        ));
    }
    let service = Service::open(&args.service, environment)?;
    let path = format!("/keys/{}/retire", args.kid);
    let key = service.post(&path, &json!({"dry_run": args.dry_run}))?;
    let (kid, until) = (text(&key, "kid"), time(&key, "retire_at"));
    let durability = text(&key, "durability");
    let sentence = match (key.get("mac").is_some(), args.dry_run) {
        (false, true) => format!(
            "{kid} would be retired, and its tokens refused, the last of which ends at {until}"
        ),
        (false, false) => format!(
            "{kid} is retired: its tokens, the last of which would have ended at {until}, are \
             refused ({durability})"
        ),
        (true, true) => {
            format!(
                "{kid} would be retired, and every refresh and opaque token refused that it tagged"
            )
        }
        (true, false) => {
            format!(
                "{kid} is retired: every refresh and opaque token that it tagged is refused ({durability})"
            )
        }
    };
    tell(&key, args.json, &sentence)
}

fn tell(key: &Value, as_json: bool, sentence: &str) -> Result<Exit, Failure> {
    output::data(&if as_json {
        key.to_string()
    } else {
        sentence.to_owned()
    })?;
    Ok(Exit::Done)
}

fn text<'a>(key: &'a Value, name: &str) -> &'a str {
    key.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn time(key: &Value, name: &str) -> String {
    let time = key.get(name).and_then(Value::as_u64).and_then(rfc3339);
    time.unwrap_or_else(|| "?".to_owned())
}
