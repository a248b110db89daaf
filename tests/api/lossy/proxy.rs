//! A proxy that loses answers: the service has done what it was asked, and nobody learns of it.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// Answers lost, of a hundred.
pub const LOST_OF_A_HUNDRED: u64 = 30;
/// Where the randomness starts: which answers are lost depends on this and on the requests only.
const SEED: u64 = 0x6a6f_746c_6561_7368;

/// The header by which the proxy, and a reader of the service's log, tells requests apart.
pub const REQUEST_ID: &str = "x-request-id";

/// How many answers went which way.
#[derive(Debug, Default)]
pub struct Counts {
    pub delivered: AtomicU64,
    pub lost: AtomicU64,
    /// Of the lost ones, those that said that the service had done what it was asked.
    pub lost_successes: AtomicU64,
}

/// A running proxy; it ends when this is dropped.
pub struct LossyProxy {
    pub url: String,
    pub counts: Arc<Counts>,
    task: JoinHandle<()>,
}

impl LossyProxy {
    /// In front of the service at this URL.
    pub async fn before(url: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let counts = Arc::new(Counts::default());
        let service = Arc::new(Service {
            address: url.strip_prefix("http://").unwrap().to_owned(),
            idle: Mutex::default(),
        });
        let shared = Arc::clone(&counts);
        let task = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(serve(client, Arc::clone(&service), Arc::clone(&shared)));
            }
        });
        Self {
            url: format!("http://{address}"),
            counts,
            task,
        }
    }
}

impl Drop for LossyProxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Whether the answer to this request is lost.
pub fn is_lost(request_id: &str) -> bool {
    let mixed = request_id
        .bytes()
        .fold(SEED, |state, byte| mix(state ^ u64::from(byte)));
    mixed % 100 < LOST_OF_A_HUNDRED
}

/// One step of `SplitMix64`.
fn mix(state: u64) -> u64 {
    let state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let state = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let state = (state ^ (state >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    state ^ (state >> 31)
}

/// The service, and the connections to it that wait for the next request; each gets its turn, before
/// the service takes it for forgotten.
struct Service {
    address: String,
    idle: Mutex<VecDeque<BufReader<TcpStream>>>,
}

impl Service {
    async fn ask(&self, request: &Message) -> Message {
        let idle = self.idle.lock().unwrap().pop_front();
        let mut connection = match idle {
            Some(connection) => connection,
            None => BufReader::new(TcpStream::connect(&self.address).await.unwrap()),
        };
        connection.write_all(&request.bytes).await.unwrap();
        let answer = Message::read(&mut connection).await;
        self.idle.lock().unwrap().push_back(connection);
        answer.expect("the service answers every request")
    }
}

async fn serve(client: TcpStream, service: Arc<Service>, counts: Arc<Counts>) {
    let mut client = BufReader::new(client);
    while let Some(request) = Message::read(&mut client).await {
        let answer = service.ask(&request).await;
        if is_lost(request.header(REQUEST_ID)) {
            let success = answer.bytes.starts_with(b"HTTP/1.1 200 ");
            counts.lost.fetch_add(1, Ordering::Relaxed);
            let counted = &counts.lost_successes;
            counted.fetch_add(u64::from(success), Ordering::Relaxed);
            return;
        }
        counts.delivered.fetch_add(1, Ordering::Relaxed);
        if client.write_all(&answer.bytes).await.is_err() {
            return;
        }
    }
}

/// A request or an answer, as it was sent.
#[derive(Debug)]
struct Message {
    bytes: Vec<u8>,
    head: String,
}

impl Message {
    /// The next one; `None` when the connection has ended.
    async fn read(from: &mut BufReader<TcpStream>) -> Option<Self> {
        let mut bytes = Vec::new();
        while !bytes.ends_with(b"\r\n\r\n") {
            if from.read_until(b'\n', &mut bytes).await.ok()? == 0 {
                return None;
            }
        }
        let head = String::from_utf8(bytes.clone()).unwrap();
        let mut message = Self { bytes, head };
        let length: usize = message.header("content-length").parse().unwrap();
        let start = message.bytes.len();
        message.bytes.resize(start + length, 0);
        from.read_exact(&mut message.bytes[start..]).await.ok()?;
        Some(message)
    }

    /// The value of a header that must be there.
    fn header(&self, name: &str) -> &str {
        let mut pairs = self.head.lines().filter_map(|line| line.split_once(": "));
        let found = pairs.find(|(header, _)| header.eq_ignore_ascii_case(name));
        found.expect("both sides send it").1
    }
}
