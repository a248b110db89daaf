//! A proxy in front of a server that lets a store's commands through one by one, when it is told to.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use jotleash::clock::SystemClock;
use jotleash::store::redis::{RedisConfig, RedisStore};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader, copy};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::redis_server::RedisServer;

/// Longer than any test: here nobody is late, and nobody looks at the connection.
const NEVER: Duration = Duration::from_secs(100_000);

/// What becomes of a command that waits at the gate.
#[derive(Debug, Clone, Copy)]
pub enum Verdict {
    /// The server gets it.
    Pass,
    /// The server never gets it, and the store is told so, as when the connection breaks.
    Lose,
}

/// Stands between a store and its server. While it is shut, each command about a user or a name
/// waits here.
#[derive(Debug)]
pub struct Gate {
    shut: Arc<AtomicBool>,
    arrivals: UnboundedReceiver<()>,
    verdicts: UnboundedSender<Verdict>,
}

impl Gate {
    /// A store that has only this way to the server. The gate is open until it is shut.
    pub async fn before(server: &RedisServer) -> (Arc<RedisStore>, Self) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (arrived, arrivals) = unbounded_channel();
        let (verdicts, decided) = unbounded_channel();
        let shut = Arc::new(AtomicBool::new(false));
        let doorkeeper = Doorkeeper {
            shut: Arc::clone(&shut),
            arrived,
            decided,
        };
        let port = server.port();
        tokio::spawn(async move {
            let (store, _) = listener.accept().await.unwrap();
            let server = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
            doorkeeper.keep(store, server).await;
        });
        let config = RedisConfig {
            connect_timeout: NEVER,
            response_timeout: NEVER,
            heartbeat: NEVER,
            ..RedisConfig::new(format!("redis://{address}/"))
        };
        let store = RedisStore::connect(config, Arc::new(SystemClock)).await;
        let gate = Self {
            shut,
            arrivals,
            verdicts,
        };
        (Arc::new(store.unwrap()), gate)
    }

    /// From now on commands wait, or do not.
    pub fn set_shut(&self, shut: bool) {
        self.shut.store(shut, Ordering::SeqCst);
    }

    /// Waits until a command waits.
    pub async fn arrival(&mut self) {
        self.arrivals.recv().await.unwrap();
    }

    /// Decides about the command that waits.
    pub fn decide(&self, verdict: Verdict) {
        self.verdicts.send(verdict).unwrap();
    }
}

struct Doorkeeper {
    shut: Arc<AtomicBool>,
    arrived: UnboundedSender<()>,
    decided: UnboundedReceiver<Verdict>,
}

impl Doorkeeper {
    async fn keep(mut self, store: TcpStream, server: TcpStream) {
        let (asking, answering) = store.into_split();
        let (answers, mut questions) = server.into_split();
        let (lost, told) = unbounded_channel();
        tokio::spawn(answer(answers, answering, told));
        let mut asking = BufReader::new(asking);
        while let Some(command) = read_command(&mut asking).await {
            if self.shut.load(Ordering::SeqCst) && is_about_a_user(&command) {
                // Whoever shut the gate may be gone when the test ends.
                if self.arrived.send(()).is_err() {
                    return;
                }
                match self.decided.recv().await {
                    Some(Verdict::Pass) => {}
                    Some(Verdict::Lose) => {
                        lost.send(()).unwrap();
                        continue;
                    }
                    None => return,
                }
            }
            questions.write_all(&command).await.unwrap();
        }
    }
}

/// Hands on what the server answers, and an error for each command that it never gets. The store
/// asks one after the other, so no two answers meet.
async fn answer(
    mut answers: OwnedReadHalf,
    mut answering: OwnedWriteHalf,
    mut lost: UnboundedReceiver<()>,
) {
    let mut buffer = vec![0; 65_536];
    loop {
        tokio::select! {
            read = answers.read(&mut buffer) => match read {
                Ok(length @ 1..) => answering.write_all(&buffer[..length]).await.unwrap(),
                _ => return,
            },
            Some(()) = lost.recv() => answering.write_all(b"-ERR lost\r\n").await.unwrap(),
        }
    }
}

/// The lists are only for looking, and how safe it is changes nothing.
fn is_about_a_user(command: &[u8]) -> bool {
    let text = String::from_utf8_lossy(command);
    text.contains("jl:n:") || text.contains("jl:{")
}

/// One command as it was sent: an array of bulk strings.
async fn read_command(from: &mut BufReader<OwnedReadHalf>) -> Option<Vec<u8>> {
    let mut command = Vec::new();
    let parts = read_number(from, &mut command).await?;
    for _ in 0..parts {
        let length = read_number(from, &mut command).await?;
        let mut part = from.take(length + 2);
        copy(&mut part, &mut command).await.ok()?;
    }
    Some(command)
}

/// The number in a line such as `*3` or `$5`.
async fn read_number(from: &mut BufReader<OwnedReadHalf>, command: &mut Vec<u8>) -> Option<u64> {
    let start = command.len();
    from.read_until(b'\n', command).await.ok()?;
    let line = std::str::from_utf8(command.get(start + 1..)?).unwrap();
    line.trim_end().parse().ok()
}
