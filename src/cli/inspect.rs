//! `jotleash token inspect`: what a token says, and one verdict in plain words.

mod decode;
mod offline;
mod online;
mod report;

use std::io::Read as _;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use zeroize::Zeroizing;

use self::decode::Decoded;
use super::exit::Exit;
use super::failure::Failure;
use super::service::ServiceArgs;
use crate::clock::{Clock as _, SystemClock};
use crate::output;
use crate::settings::Environment;

/// The longest text that is read as a token, in bytes.
const LONGEST: u64 = 64 * 1024;

pub(super) const EXAMPLES: &str = "\
Examples:
  echo \"$TOKEN\" | jotleash token inspect -
  jotleash token inspect - --profile data/dev.env < token.txt
  jotleash token inspect - --jwks jwks.json --audience web < token.txt
  jotleash token inspect - --json --jwks \\
    https://auth.example.com/.well-known/jwks.json < token.txt

Exit codes: 0 live (with --jwks: it verifies), 1 revoked, expired or invalid,
2 usage, 4 not allowed, 5 the service cannot be reached.";

const ABOUT: &str = "\
Say what a token is, and whether it is live

Without --jwks the running service is asked, as the admin client of \
JOTLEASH_ADMIN_URL, JOTLEASH_ADMIN_CLIENT_ID and JOTLEASH_ADMIN_CLIENT_SECRET, or of \
--profile; it needs the scope jotleash:read. Only the \
service knows whether a token was revoked, and by whom. Opaque and refresh tokens can be asked \
about too.

With --jwks nobody is asked: the signature and the times are checked here. An opaque token \
cannot be read like that.";

const TOKEN_HELP: &str = "\
The token, or - to read it from standard input

Every user of the machine can see the arguments of a command, and the shell keeps them: \
prefer -.";

/// `jotleash token …`
#[derive(Debug, Subcommand)]
pub(super) enum Token {
    /// Say what a token is, and whether it is live
    #[command(long_about = ABOUT, after_help = EXAMPLES)]
    Inspect(Inspect),
}

#[derive(Debug, Args)]
pub(super) struct Inspect {
    /// The token, or - to read it from standard input
    #[arg(value_name = "TOKEN", default_value = "-", hide_default_value = true,
        allow_hyphen_values = true, long_help = TOKEN_HELP)]
    token: String,
    /// Ask nobody: check the signature with these public keys, a file, - or a URL
    #[arg(long, value_name = "FILE|URL", conflicts_with = "profile")]
    jwks: Option<PathBuf>,
    /// With --jwks: the issuer that the token must name
    #[arg(long, value_name = "URL", requires = "jwks")]
    issuer: Option<String>,
    /// With --jwks: the audience that the token must name
    #[arg(long, value_name = "NAME", requires = "jwks")]
    audience: Option<String>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    service: ServiceArgs,
}

/// Runs it.
pub(super) fn run(command: &Token, environment: &Environment) -> Result<Exit, Failure> {
    let Token::Inspect(args) = command;
    let stdin_keys = args
        .jwks
        .as_ref()
        .is_some_and(|jwks| jwks.as_os_str() == "-");
    if args.token == "-" && stdin_keys {
        let message = "the token and the keys cannot both come from standard input";
        return Err(Failure::usage(message));
    }
    let token = token(&args.token)?;
    let now = SystemClock.now();
    let decoded = Decoded::of(&token);
    let report = match &args.jwks {
        Some(jwks) => offline::report(args, jwks, &token, decoded, now)?,
        None => online::report(&args.service, environment, &token, decoded)?,
    };
    let text = if args.json {
        report.json(now).to_string()
    } else {
        report.text(now)
    };
    output::data(&text)?;
    Ok(report.exit())
}

fn token(given: &str) -> Result<Zeroizing<String>, Failure> {
    let text = if given == "-" {
        read_stdin("the token")?
    } else {
        Zeroizing::new(given.to_owned())
    };
    let token = text.trim();
    if token.is_empty() {
        return Err(Failure::usage("there is no token on standard input"));
    }
    Ok(Zeroizing::new(token.to_owned()))
}

fn read_stdin(what: &str) -> Result<Zeroizing<String>, Failure> {
    let mut text = Zeroizing::new(String::new());
    let read = std::io::stdin().take(LONGEST).read_to_string(&mut text);
    read.map_err(|error| Failure::usage(format!("{what} cannot be read: {error}")))?;
    Ok(text)
}
