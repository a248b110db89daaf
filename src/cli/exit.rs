//! How a command ended.

use std::process::ExitCode;

use crate::sessions::SessionError;
use crate::startup::StartError;
use crate::store::redis::RedisStartError;

/// The exit codes. They are part of the interface: scripts rely on them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// 0: done, or live.
    Done,
    /// 1: refused, or dead.
    Refused,
    /// 2: wrong usage or configuration.
    Usage,
    /// 3: not found.
    NotFound,
    /// 4: not allowed.
    NotAllowed,
    /// 5: the service or the store cannot be reached.
    Unreachable,
}

impl From<&StartError> for Exit {
    fn from(error: &StartError) -> Self {
        match error {
            StartError::Redis(RedisStartError::Unreachable(_) | RedisStartError::Loading)
            | StartError::Seed(SessionError::Store(_)) => Self::Unreachable,
            StartError::Serve(_) => Self::Refused,
            _ => Self::Usage,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Done => 0,
            Exit::Refused => 1,
            Exit::Usage => 2,
            Exit::NotFound => 3,
            Exit::NotAllowed => 4,
            Exit::Unreachable => 5,
        })
    }
}
