//! A Redis server of the test's own, as a process.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use redis::{Client, Connection, FromRedisValue, TlsCertificates};
use tempfile::TempDir;

/// A `redis-server` on a free port, with a directory of its own; killed when it is dropped.
#[derive(Debug)]
pub struct RedisServer {
    process: Child,
    port: u16,
    directory: TempDir,
    arguments: Vec<String>,
    /// The certificate of the CA that signed for it, if it speaks TLS.
    ca: Option<PathBuf>,
}

impl RedisServer {
    /// A server that keeps nothing on the disk.
    pub fn start() -> Self {
        Self::start_with(&[])
    }

    /// A server with further arguments, as on its command line: `["--appendonly", "yes"]`.
    pub fn start_with(arguments: &[&str]) -> Self {
        let arguments = arguments.iter().map(ToString::to_string).collect();
        Self::start_in(TempDir::new().unwrap(), arguments, None)
    }

    /// A server that speaks TLS only, with this certificate and its key, signed by this CA; all
    /// in PEM.
    pub fn start_tls(cert: &str, key: &str, ca: &str) -> Self {
        let directory = TempDir::new().unwrap();
        let mut arguments = vec!["--tls-auth-clients".to_owned(), "no".to_owned()];
        let files = [("cert", cert), ("key", key), ("ca-cert", ca)];
        for (name, text) in files {
            let path = directory.path().join(name);
            fs::write(&path, text).unwrap();
            arguments.push(format!("--tls-{name}-file"));
            arguments.push(path.display().to_string());
        }
        let ca = directory.path().join("ca-cert");
        Self::start_in(directory, arguments, Some(ca))
    }

    fn start_in(directory: TempDir, arguments: Vec<String>, ca: Option<PathBuf>) -> Self {
        // Between our asking for a free port and the server's taking it, another may have it.
        for _ in 0..20 {
            let port = free_port();
            if let Some(process) = launch(port, directory.path(), &arguments, ca.as_deref()) {
                return Self {
                    process,
                    port,
                    directory,
                    arguments,
                    ca,
                };
            }
        }
        panic!("redis-server with {arguments:?} does not start");
    }

    /// The URL of its database 0.
    pub fn url(&self) -> String {
        self.url_of("")
    }

    /// The same with credentials: `user:password@`.
    pub fn url_of(&self, credentials: &str) -> String {
        let Self { port, ca, .. } = self;
        match ca {
            Some(ca) => format!(
                "rediss://{credentials}127.0.0.1:{port}/?ca={}",
                ca.display()
            ),
            None => format!("redis://{credentials}127.0.0.1:{port}/"),
        }
    }

    /// Its own folder.
    pub fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// The port that it listens on.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// A connection for looking at what is really there.
    pub fn raw(&self) -> Connection {
        connect(self.port, self.ca.as_deref()).unwrap()
    }

    /// The answer to one command, its words separated by spaces.
    pub fn ask<T: FromRedisValue>(&self, command: &str) -> T {
        let mut words = command.split(' ');
        let mut asked = redis::cmd(words.next().unwrap());
        for word in words {
            asked.arg(word);
        }
        asked.query(&mut self.raw()).unwrap()
    }

    /// How often each command was called since [`RedisServer::reset_calls`], by name.
    pub fn calls(&self) -> std::collections::BTreeMap<String, u64> {
        let info: String = self.ask("INFO commandstats");
        let line = |line: &str| {
            let (name, stats) = line.strip_prefix("cmdstat_")?.split_once(':')?;
            let calls = stats.strip_prefix("calls=")?.split(',').next()?;
            Some((name.to_owned(), calls.parse().unwrap()))
        };
        info.lines().filter_map(line).collect()
    }

    /// Starts the count of commands anew.
    pub fn reset_calls(&self) {
        let _: () = self.ask("CONFIG RESETSTAT");
    }

    /// Every key there is.
    pub fn keys(&self) -> Vec<String> {
        self.ask("KEYS *")
    }

    /// Kills it, as a crash would.
    pub fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    /// Stops it as an operator would, and waits until it is gone.
    pub fn stop(&mut self) {
        // It closes the connection instead of answering.
        let _ = redis::cmd("SHUTDOWN").query::<()>(&mut self.raw());
        self.process.wait().unwrap();
    }

    /// Starts it again on the same port and directory.
    pub fn restart(&mut self) {
        let launched = launch(
            self.port,
            self.directory.path(),
            &self.arguments,
            self.ca.as_deref(),
        );
        self.process = launched.expect("the port is still free");
    }

    /// Freezes the process: its connections stay open and nothing answers.
    pub fn pause(&self) {
        self.signal("STOP");
    }

    /// Lets a frozen process go on.
    pub fn resume(&self) {
        self.signal("CONT");
    }

    fn signal(&self, name: &str) {
        let pid = self.process.id().to_string();
        let sent = Command::new("kill").args(["-s", name, &pid]).status();
        assert!(sent.unwrap().success());
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

/// Starts a server and waits until it answers; `None` if it ended instead.
fn launch(port: u16, directory: &Path, arguments: &[String], ca: Option<&Path>) -> Option<Child> {
    let port_argument = port.to_string();
    let ports = match ca {
        Some(_) => ["--port", "0", "--tls-port", &port_argument],
        None => ["--port", &port_argument, "--tls-port", "0"],
    };
    let mut command = Command::new("redis-server");
    command
        .args(["--bind", "127.0.0.1", "--save", ""])
        .args(ports)
        .arg("--dir")
        .arg(directory)
        .args(arguments)
        .stdout(Stdio::null());
    let spawned = command.spawn();
    let mut process = spawned.expect("redis-server is needed: apt-get install redis-server");
    loop {
        if process.try_wait().unwrap().is_some() {
            return None;
        }
        if let Ok(mut connection) = connect(port, ca)
            && redis::cmd("PING").query::<String>(&mut connection).is_ok()
        {
            return Some(process);
        }
        sleep(Duration::from_millis(5));
    }
}

fn connect(port: u16, ca: Option<&Path>) -> redis::RedisResult<Connection> {
    let Some(ca) = ca else {
        return Client::open(format!("redis://127.0.0.1:{port}/"))?.get_connection();
    };
    let certificates = TlsCertificates {
        client_tls: None,
        root_cert: Some(fs::read(ca).unwrap()),
    };
    let url = format!("rediss://127.0.0.1:{port}/");
    Client::build_with_tls(url, certificates)?.get_connection()
}
