//! A Redis server of the test's own, as a process.

use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use redis::{Connection, FromRedisValue};
use tempfile::TempDir;

/// A `redis-server` on a free port, with a directory of its own; killed when it is dropped.
#[derive(Debug)]
pub struct RedisServer {
    process: Child,
    port: u16,
    directory: TempDir,
    arguments: Vec<String>,
}

impl RedisServer {
    /// A server that keeps nothing on the disk.
    pub fn start() -> Self {
        Self::start_with(&[])
    }

    /// A server with further arguments, as on its command line: `["--appendonly", "yes"]`.
    pub fn start_with(arguments: &[&str]) -> Self {
        let arguments: Vec<String> = arguments.iter().map(ToString::to_string).collect();
        let directory = TempDir::new().unwrap();
        // Between our asking for a free port and the server's taking it, another may have it.
        for _ in 0..20 {
            let port = free_port();
            if let Some(process) = launch(port, directory.path(), &arguments) {
                return Self {
                    process,
                    port,
                    directory,
                    arguments,
                };
            }
        }
        panic!("redis-server with {arguments:?} does not start");
    }

    /// The URL of its database 0.
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}/", self.port)
    }

    /// The port that it listens on.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// A connection for looking at what is really there.
    pub fn raw(&self) -> Connection {
        connect(self.port).unwrap()
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
        let launched = launch(self.port, self.directory.path(), &self.arguments);
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
fn launch(port: u16, directory: &Path, arguments: &[String]) -> Option<Child> {
    let mut command = Command::new("redis-server");
    command
        .args([
            "--bind",
            "127.0.0.1",
            "--port",
            &port.to_string(),
            "--save",
            "",
            "--dir",
        ])
        .arg(directory)
        .args(arguments)
        .stdout(Stdio::null());
    let spawned = command.spawn();
    let mut process = spawned.expect("redis-server is needed: apt-get install redis-server");
    loop {
        if process.try_wait().unwrap().is_some() {
            return None;
        }
        if let Ok(mut connection) = connect(port)
            && redis::cmd("PING").query::<String>(&mut connection).is_ok()
        {
            return Some(process);
        }
        sleep(Duration::from_millis(5));
    }
}

fn connect(port: u16) -> redis::RedisResult<Connection> {
    redis::Client::open(format!("redis://127.0.0.1:{port}/"))?.get_connection()
}
