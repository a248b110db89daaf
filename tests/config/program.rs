//! The binary in a folder of its own.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::thread;

use tempfile::TempDir;

/// A folder to run the binary in, with no environment but what is set here.
pub struct Program {
    pub folder: Arc<TempDir>,
    environment: Vec<(String, String)>,
}

/// What a run came to.
#[derive(Debug)]
pub struct Ended {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Program {
    pub fn new() -> Self {
        Self {
            folder: Arc::new(TempDir::new().unwrap()),
            environment: Vec::new(),
        }
    }

    /// With this `jotleash.toml`.
    pub fn with(toml: &str) -> Self {
        let program = Self::new();
        program.file("jotleash.toml", toml, 0o644);
        program
    }

    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn file(&self, name: &str, text: &str, mode: u32) -> PathBuf {
        let path = self.folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        path
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_jotleash"));
        command
            .current_dir(self.folder.path())
            .env_clear()
            .envs(self.environment.iter().cloned())
            .args(arguments)
            .stdin(Stdio::null());
        command
    }

    /// Runs a command that ends by itself.
    pub fn run(&self, arguments: &[&str]) -> Ended {
        let output = self.command(arguments).output().unwrap();
        Ended {
            code: output.status.code().unwrap(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Starts `serve` on free ports and waits until it listens or has ended.
    pub fn serve(&self, arguments: &[&str]) -> Result<Serving, Ended> {
        let free = [
            "serve",
            "--listen=127.0.0.1:0",
            "--admin-listen=127.0.0.1:0",
        ];
        let all = [&free[..], arguments].concat();
        self.start(&all)
    }

    /// Starts a command that may go on for ever, and waits until it listens or has ended.
    pub fn start(&self, arguments: &[&str]) -> Result<Serving, Ended> {
        let mut command = self.command(arguments);
        command.stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut stderr = BufReader::new(child.stderr.take().unwrap());
        let mut err = String::new();
        while stderr.read_line(&mut err).unwrap() > 0 {
            if let Some((_, urls)) = err.split_once("listening on ") {
                let (public, rest) = urls.split_once(" (public) and ").unwrap();
                let admin = rest.split_once(" (admin)").unwrap().0;
                let (url, admin_url) = (public.to_owned(), admin.to_owned());
                thread::spawn(move || stderr.read_to_end(&mut Vec::new()));
                return Ok(Serving {
                    url,
                    admin_url,
                    log: err,
                    child,
                });
            }
        }
        let code = child.wait().unwrap().code().unwrap();
        Err(Ended {
            code,
            out: String::new(),
            err,
        })
    }
}

/// A running service; killed when dropped.
#[derive(Debug)]
pub struct Serving {
    pub url: String,
    pub admin_url: String,
    /// What it said until it listened.
    pub log: String,
    child: Child,
}

impl Drop for Serving {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}
