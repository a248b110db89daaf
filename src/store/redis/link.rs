//! The one connection, and what is asked over it.

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use redis::aio::MultiplexedConnection;
use redis::{Cmd, ErrorKind, Pipeline, RedisError, RedisResult, ServerErrorKind, Value};
use tokio::sync::Notify;

use super::config::RedisConfig;
use super::cut_offs::Copy;
use super::names;
use super::reply::{breaks_link, corrupt, read, trouble};
use super::scripts::{Call, SCRIPTS};
use crate::clock::Clock;
use crate::store::StoreError;

/// The connection that all verbs share, or none for the moment.
pub(super) struct Link {
    pub(super) config: RedisConfig,
    pub(super) clock: Arc<dyn Clock>,
    /// What this instance knows of the cut-offs.
    pub(super) cut_offs: Copy,
    current: RwLock<Current>,
    /// Told when the connection was given up.
    pub(super) lost: Notify,
    /// The most replicas ever seen, as far as this process knows.
    replicas: AtomicU64,
}

/// A connection and its number, so that a late error gives up the connection that it came from
/// and never its successor.
#[derive(Clone)]
struct Current {
    number: u64,
    connection: Option<MultiplexedConnection>,
}

impl Link {
    pub(super) fn new(config: RedisConfig, clock: Arc<dyn Clock>) -> Self {
        Self {
            config,
            clock,
            cut_offs: Copy::default(),
            current: RwLock::new(Current {
                number: 0,
                connection: None,
            }),
            lost: Notify::new(),
            replicas: AtomicU64::new(0),
        }
    }

    /// From now on everybody uses this connection.
    pub(super) fn publish(&self, connection: MultiplexedConnection) {
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        current.number += 1;
        current.connection = Some(connection);
    }

    /// Whether there is a connection.
    pub(super) fn is_up(&self) -> bool {
        self.current().connection.is_some()
    }

    /// Asks one command. It is sent once: what became of a write whose answer is lost is unknown.
    pub(super) async fn ask(&self, command: &Cmd) -> Result<Value, StoreError> {
        self.one(command).await.map_err(|error| trouble(&error))
    }

    /// Asks what this user may not be allowed to ask: `None` if the server refuses.
    pub(super) async fn ask_if_allowed(&self, command: &Cmd) -> Result<Option<Value>, StoreError> {
        match self.one(command).await {
            Ok(answer) => Ok(Some(answer)),
            Err(error) if breaks_link(&error) => Err(trouble(&error)),
            Err(_) => Ok(None),
        }
    }

    /// Asks several commands in one round trip.
    pub(super) async fn ask_all(&self, commands: &[Cmd]) -> Result<Vec<Value>, StoreError> {
        let answers = self.many(commands.iter().cloned()).await;
        answers.map_err(|error| trouble(&error))
    }

    /// Calls a script. A server that does not know it has not run it, so it is told and asked
    /// again; nothing else is repeated.
    pub(super) async fn call(&self, call: Call<'_>) -> Result<Value, StoreError> {
        let answer = match self.one(&call.command).await {
            Err(error) if is_unknown_script(&error) => {
                self.ask(&call.script.load()).await?;
                self.one(&call.command).await
            }
            answer => answer,
        };
        answer.map_err(|error| trouble(&error))
    }

    /// Calls scripts in one round trip: only such as may run twice.
    pub(super) async fn call_all(&self, calls: &[Call<'_>]) -> Result<Vec<Value>, StoreError> {
        let commands = calls.iter().map(|call| call.command.clone());
        let answers = match self.many(commands.clone()).await {
            Err(error) if is_unknown_script(&error) => {
                let loads: Vec<Cmd> = calls.iter().map(|call| call.script.load()).collect();
                self.ask_all(&loads).await?;
                self.many(commands).await
            }
            answers => answers,
        };
        answers.map_err(|error| trouble(&error))
    }

    /// Writes down how many replicas there are, and tells the most that there ever were.
    pub(super) async fn note_replicas(&self, now: u64) -> Result<u64, StoreError> {
        let call = SCRIPTS.meta.on(&[names::META]).arg(names::SCHEMA);
        let call = call.arg(now.max(self.known_replicas()));
        let (schema, most): (String, u64) = read(self.call(call).await?)?;
        if schema != names::SCHEMA {
            return Err(corrupt("data of another schema"));
        }
        self.know_replicas(most);
        Ok(most)
    }

    /// Remembers the most replicas ever seen.
    pub(super) fn know_replicas(&self, most: u64) {
        self.replicas.fetch_max(most, Ordering::Relaxed);
    }

    /// The most replicas ever seen, as far as this process knows.
    pub(super) fn known_replicas(&self) -> u64 {
        self.replicas.load(Ordering::Relaxed)
    }

    async fn one(&self, command: &Cmd) -> RedisResult<Value> {
        let (number, mut connection) = self.connection()?;
        let answer = connection.send_packed_command(command).await;
        self.judge(number, answer.and_then(Value::extract_error))
    }

    async fn many(&self, commands: impl Iterator<Item = Cmd>) -> RedisResult<Vec<Value>> {
        let mut pipeline = Pipeline::new();
        let count = commands.fold(0, |count, command| {
            pipeline.add_command(command);
            count + 1
        });
        if count == 0 {
            return Ok(Vec::new());
        }
        let (number, mut connection) = self.connection()?;
        let answers = connection.send_packed_commands(&pipeline, 0, count).await;
        let answers = answers.and_then(|all| all.into_iter().map(Value::extract_error).collect());
        self.judge(number, answers)
    }

    fn connection(&self) -> RedisResult<(u64, MultiplexedConnection)> {
        let current = self.current();
        let none = || io::Error::new(io::ErrorKind::NotConnected, "there is no connection");
        Ok((current.number, current.connection.ok_or_else(none)?))
    }

    fn current(&self) -> Current {
        self.current
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Gives the connection up when the answer shows that it is of no use.
    fn judge<T>(&self, number: u64, answer: RedisResult<T>) -> RedisResult<T> {
        if let Err(error) = &answer
            && breaks_link(error)
        {
            self.give_up(number, error);
        }
        answer
    }

    fn give_up(&self, number: u64, error: &RedisError) {
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        if current.number == number && current.connection.take().is_some() {
            log::warn!("the connection to redis is lost: {error}");
            self.lost.notify_one();
        }
    }

    /// Gives up whatever connection there is.
    pub(super) fn drop_connection(&self, why: &str) {
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        if current.connection.take().is_some() {
            log::warn!("the connection to redis is given up: {why}");
        }
    }
}

fn is_unknown_script(error: &RedisError) -> bool {
    error.kind() == ErrorKind::Server(ServerErrorKind::NoScript)
}
