//! One run of the binary.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::app::App;

/// What a run came to.
#[derive(Debug)]
pub struct Ran {
    /// Its exit code.
    pub code: i32,
    /// What it wrote to standard output.
    pub out: String,
    /// What it wrote to standard error.
    pub err: String,
}

impl Ran {
    /// Standard output as one JSON value.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// Checks the exit code, and that each word is somewhere in what it said.
    #[track_caller]
    pub fn assert(&self, code: i32, words: &[&str]) -> &Self {
        assert_eq!(self.code, code, "{self:#?}");
        for word in words {
            let said = self.out.contains(word) || self.err.contains(word);
            assert!(said, "no {word:?} in {self:#?}");
        }
        self
    }
}

/// Runs the binary in a folder, with nothing in its environment but this.
pub fn run(folder: &Path, environment: &[(&str, &str)], arguments: &[&str]) -> Ran {
    run_with(folder, environment, arguments, "")
}

/// Runs it with something on its standard input.
pub fn run_with(
    folder: &Path,
    environment: &[(&str, &str)],
    arguments: &[&str],
    input: &str,
) -> Ran {
    let mut child = Command::new(env!("CARGO_BIN_EXE_jotleash"))
        .current_dir(folder)
        .env_clear()
        .envs(environment.iter().copied())
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // One that reads nothing may be gone already.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    let output = child.wait_with_output().unwrap();
    Ran {
        code: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// The address of a URL.
pub fn address(url: &str) -> &str {
    url.split_once("://").unwrap().1
}

/// The settings of a running instance, as the environment of another command.
pub fn settings_of(app: &App) -> [(&'static str, &str); 2] {
    [
        ("JOTLEASH_LISTEN", address(&app.url)),
        ("JOTLEASH_ADMIN_LISTEN", address(&app.admin_url)),
    ]
}
