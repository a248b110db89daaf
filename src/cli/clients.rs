//! `clients secret`: the one thing about clients that needs no service.

use super::args::{Clients, Secret};
use super::exit::Exit;
use crate::clock::SystemEntropy;
use crate::output;
use crate::sessions::new_secret;

pub(super) fn run(command: &Clients) -> Exit {
    match command {
        Clients::Secret(args) => secret(args),
    }
}

fn secret(args: &Secret) -> Exit {
    let (secret, digest) = new_secret(&SystemEntropy);
    let text = if args.json {
        serde_json::json!({"secret": secret, "secret_sha256": digest}).to_string()
    } else {
        output::complaint(
            "The second line belongs under the [[client]] in jotleash.toml, the secret to the \
             client alone: it is kept nowhere.",
        );
        format!("secret: {secret}\nsecret_sha256 = \"{digest}\"")
    };
    output::data(&text).map_or(Exit::Refused, |()| Exit::Done)
}
