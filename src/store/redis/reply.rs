//! Replies: read strictly, because a reply that is not understood must never pass for an answer.

use redis::{ErrorKind, FromRedisValue, RedisError, ServerErrorKind, Value};

use crate::store::StoreError;

/// Reads a reply, or says that it is not what was asked for.
pub(super) fn read<T: FromRedisValue>(reply: Value) -> Result<T, StoreError> {
    T::from_redis_value(reply).map_err(|_| corrupt("a reply of another type"))
}

/// The parts of an array reply of exactly this length.
pub(super) fn parts<const N: usize>(reply: Value) -> Result<[Value; N], StoreError> {
    let Value::Array(parts) = reply else {
        return Err(corrupt("a reply that should be an array"));
    };
    parts
        .try_into()
        .map_err(|_| corrupt("a reply of another length"))
}

/// What we did not write. What was found is left out: it may be a secret.
pub(super) fn corrupt(what: &str) -> StoreError {
    StoreError::Corrupt(what.to_owned())
}

/// What an error means to a caller.
pub(super) fn trouble(error: &RedisError) -> StoreError {
    let detail = error.detail().unwrap_or_default();
    match error.code() {
        Some("OOM") => StoreError::Full("redis is at maxmemory".to_owned()),
        Some("WRONGTYPE") => corrupt("a key of another type"),
        // An error inside a script of ours: a record was not what it should be.
        Some(_) if detail.contains("script: ") && !breaks_link(error) => {
            corrupt("a record that a script could not read")
        }
        _ => StoreError::Unavailable(error.to_string()),
    }
}

/// Whether the connection is of no use after this: it is broken, or the server behind it is not,
/// or not yet, the primary.
pub(super) fn breaks_link(error: &RedisError) -> bool {
    use ServerErrorKind::{BusyLoading, MasterDown, ReadOnly};
    let role = matches!(
        error.kind(),
        ErrorKind::Io | ErrorKind::Server(BusyLoading | MasterDown | ReadOnly)
    );
    role || error.is_unrecoverable_error()
}
