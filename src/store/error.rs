//! What can go wrong with the store itself.

/// Trouble with the store. What the answer to a question was is never in here.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The store cannot be reached, or does not answer in time, or is not what it should be (a
    /// replica, still loading). After a write the outcome is unknown.
    #[error("the store cannot be asked: {0}")]
    Unavailable(String),
    /// The store is full: nothing new can be recorded. What ends still works.
    #[error("the store is full: {0}")]
    Full(String),
    /// The store holds something that this version did not write.
    #[error("the store holds something that cannot be read: {0}")]
    Corrupt(String),
}
