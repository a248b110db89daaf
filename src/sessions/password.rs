//! People's passwords: argon2id, off the workers, a bounded number at a time.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use argon2::{Argon2, Params};
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use super::error::SessionError;
use crate::clock::Entropy;

/// The longest password that is looked at, in bytes.
pub(crate) const MAX_PASSWORD_LEN: usize = 1024;
/// How many log-ins may wait for a hash beside those that are hashing.
const MAX_WAITING: usize = 512;
/// How long one may wait.
const MAX_WAIT: Duration = Duration::from_secs(10);
/// bcrypt ignores what comes after its 72nd byte.
const BCRYPT_MAX_PASSWORD_LEN: usize = 72;
/// Costs beyond these make an imported hash a way to keep the server busy.
const MAX_BCRYPT_COST: u32 = 14;
const MAX_ARGON2_KIB: u32 = 256 * 1024;
const MAX_ARGON2_PASSES: u32 = 10;

/// What came of a verification.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    /// The password is wrong, or there is none to compare with.
    Wrong,
    /// It is right.
    Right,
    /// It is right, and this is its hash under today's parameters.
    RightWithNewHash(String),
}

/// Hashes and verifies passwords with OWASP's argon2id parameters (19 MiB, 2 passes, 1 lane).
pub struct Hasher {
    permits: Arc<Semaphore>,
    waiting: AtomicUsize,
    entropy: Arc<dyn Entropy>,
    /// What an unknown user's password is compared with, so that it costs the same.
    nobody: String,
}

impl std::fmt::Debug for Hasher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Hasher").finish_non_exhaustive()
    }
}

impl Hasher {
    /// A hasher that works on this many passwords at once; each takes 19 MiB and one core.
    ///
    /// # Errors
    /// When argon2 refuses its own default parameters.
    pub fn new(parallel: usize, entropy: Arc<dyn Entropy>) -> Result<Self, SessionError> {
        let mut password = [0; 32];
        entropy.fill(&mut password);
        let nobody = hash(&password, &salt(&*entropy))?;
        let permits = Arc::new(Semaphore::new(parallel.max(1)));
        Ok(Self {
            permits,
            waiting: AtomicUsize::new(0),
            entropy,
            nobody,
        })
    }

    /// The PHC string of a new password.
    pub(super) async fn hash(&self, password: &str) -> Result<String, SessionError> {
        let (password, salt) = (password.to_owned(), salt(&*self.entropy));
        self.bounded(move || hash(password.as_bytes(), &salt))
            .await?
    }

    /// Compares a password with a stored hash; without one, with nobody's, at the same cost.
    pub(super) async fn verify(
        &self,
        password: &str,
        stored: Option<&str>,
    ) -> Result<Verdict, SessionError> {
        let known = stored.is_some();
        let stored = stored.unwrap_or(&self.nobody).to_owned();
        let (password, salt) = (password.to_owned(), salt(&*self.entropy));
        let verdict = self
            .bounded(move || verify(&password, &stored, &salt))
            .await??;
        Ok(if known { verdict } else { Verdict::Wrong })
    }

    /// Runs `work` on a thread of its own when it is its turn.
    async fn bounded<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, SessionError> {
        let place = Place::take(&self.waiting).ok_or(SessionError::Overloaded)?;
        let turn = timeout(MAX_WAIT, Arc::clone(&self.permits).acquire_owned()).await;
        drop(place);
        let Ok(Ok(permit)) = turn else {
            return Err(SessionError::Overloaded);
        };
        let done = spawn_blocking(move || {
            let result = work();
            drop(permit);
            result
        });
        done.await.map_err(|_| SessionError::Overloaded)
    }
}

/// A place in the queue, given back when dropped: also when the request is gone.
struct Place<'a>(&'a AtomicUsize);

impl<'a> Place<'a> {
    fn take(waiting: &'a AtomicUsize) -> Option<Self> {
        let place = Self(waiting);
        (waiting.fetch_add(1, Ordering::Relaxed) < MAX_WAITING).then_some(place)
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Whether a hash may be imported; the error says what may.
pub(super) fn check_import(stored: &str) -> Result<(), SessionError> {
    let unsupported = || {
        SessionError::invalid(
            "password_hash must be an argon2 PHC string or a bcrypt hash ($2a$, $2b$, $2y$)",
        )
    };
    if is_bcrypt(stored) {
        let parts: bcrypt::HashParts = stored.parse().map_err(|_| unsupported())?;
        let dear = parts.get_cost() > MAX_BCRYPT_COST;
        return if dear { Err(too_dear()) } else { Ok(()) };
    }
    let parsed = PasswordHash::new(stored).map_err(|_| unsupported())?;
    let argon2 = matches!(
        parsed.algorithm.as_str(),
        "argon2id" | "argon2i" | "argon2d"
    );
    if !argon2 || parsed.salt.is_none() || parsed.hash.is_none() {
        return Err(unsupported());
    }
    let params = Params::try_from(&parsed).map_err(|_| unsupported())?;
    let dear = params.m_cost() > MAX_ARGON2_KIB || params.t_cost() > MAX_ARGON2_PASSES;
    if dear { Err(too_dear()) } else { Ok(()) }
}

fn too_dear() -> SessionError {
    SessionError::invalid(
        "password_hash costs too much to verify: at most bcrypt cost 14, or argon2 with 256 MiB and 10 passes",
    )
}

fn is_bcrypt(stored: &str) -> bool {
    ["$2a$", "$2b$", "$2y$"]
        .iter()
        .any(|prefix| stored.starts_with(prefix))
}

fn salt(entropy: &dyn Entropy) -> [u8; 16] {
    let mut salt = [0; 16];
    entropy.fill(&mut salt);
    salt
}

fn hash(password: &[u8], salt: &[u8]) -> Result<String, SessionError> {
    let hash = Argon2::default().hash_password_with_salt(password, salt);
    Ok(hash.map_err(unusable)?.to_string())
}

fn verify(password: &str, stored: &str, salt: &[u8]) -> Result<Verdict, SessionError> {
    let right = if is_bcrypt(stored) {
        password.len() <= BCRYPT_MAX_PASSWORD_LEN
            && bcrypt::verify(password, stored).unwrap_or(false)
    } else {
        let parsed = PasswordHash::new(stored).map_err(unusable)?;
        Argon2::default()
            .verify_password(password.as_bytes(), &parsed)
            .is_ok()
    };
    if !right {
        return Ok(Verdict::Wrong);
    }
    if is_current(stored) {
        return Ok(Verdict::Right);
    }
    Ok(Verdict::RightWithNewHash(hash(password.as_bytes(), salt)?))
}

/// Whether a hash was made with today's parameters.
fn is_current(stored: &str) -> bool {
    let Ok(parsed) = PasswordHash::new(stored) else {
        return false;
    };
    let today = Params::DEFAULT;
    let same = |params: Params| {
        (params.m_cost(), params.t_cost(), params.p_cost())
            == (today.m_cost(), today.t_cost(), today.p_cost())
    };
    parsed.algorithm.as_str() == "argon2id" && Params::try_from(&parsed).is_ok_and(same)
}

fn unusable(error: impl std::fmt::Display) -> SessionError {
    crate::store::StoreError::Corrupt(format!("a password hash: {error}")).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SystemEntropy;

    fn hasher() -> Hasher {
        Hasher::new(2, Arc::new(SystemEntropy)).unwrap()
    }

    #[tokio::test]
    async fn a_hash_takes_its_own_password_and_no_other() {
        let hasher = hasher();
        let stored = hasher.hash("correct horse").await.unwrap();
        assert!(
            stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
            "{stored}"
        );
        assert_eq!(
            hasher.verify("correct horse", Some(&stored)).await.unwrap(),
            Verdict::Right
        );
        assert_eq!(
            hasher.verify("wrong", Some(&stored)).await.unwrap(),
            Verdict::Wrong
        );
        assert_ne!(
            stored,
            hasher.hash("correct horse").await.unwrap(),
            "salted"
        );
    }

    #[tokio::test]
    async fn nobody_has_no_password() {
        let hasher = hasher();
        assert_eq!(hasher.verify("", None).await.unwrap(), Verdict::Wrong);
    }

    #[tokio::test]
    async fn imported_hashes_verify_and_are_upgraded() {
        let hasher = hasher();
        let bcrypt = bcrypt::hash("s3cret", 4).unwrap();
        let weak = Argon2::from(Params::new(64, 1, 1, None).unwrap());
        let argon2 = weak
            .hash_password_with_salt(b"s3cret", b"saltsaltsalt")
            .unwrap()
            .to_string();
        for stored in [bcrypt, argon2] {
            check_import(&stored).unwrap();
            let verdict = hasher.verify("s3cret", Some(&stored)).await.unwrap();
            let Verdict::RightWithNewHash(new) = verdict else {
                panic!("{verdict:?}")
            };
            assert_eq!(
                hasher.verify("s3cret", Some(&new)).await.unwrap(),
                Verdict::Right
            );
            assert_eq!(
                hasher.verify("other", Some(&stored)).await.unwrap(),
                Verdict::Wrong
            );
        }
    }

    #[tokio::test]
    async fn bcrypt_does_not_take_a_password_that_it_would_cut() {
        let hasher = hasher();
        let password = "x".repeat(72);
        let stored = bcrypt::hash(&password, 4).unwrap();
        let longer = format!("{password}y");
        assert_eq!(
            hasher.verify(&longer, Some(&stored)).await.unwrap(),
            Verdict::Wrong
        );
    }

    #[test]
    fn what_cannot_be_verified_cheaply_is_not_imported() {
        for bad in [
            "",
            "plain",
            "$1$salt$hash",
            "$2b$15$abcdefghijklmnopqrstuuu",
            "$argon2id$v=19$m=19456",
            "$argon2id$v=19$m=4194304,t=2,p=1$c2FsdHNhbHRzYWx0$aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        ] {
            assert!(check_import(bad).is_err(), "{bad}");
        }
    }
}
