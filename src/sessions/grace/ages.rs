//! A map that forgets by itself, the oldest half at once.

use std::collections::HashMap;
use std::hash::Hash;
use std::mem;
use std::time::Duration;

/// A map in two halves. What is put in goes to the young half; when that is as old as it may be, or
/// full, it becomes the old one, and what was old is forgotten. So each entry is kept for at least
/// `life`, unless there are too many.
#[derive(Debug)]
pub(super) struct Ages<K, V> {
    life: Duration,
    young: HashMap<K, V>,
    old: HashMap<K, V>,
    turned_at: Duration,
}

impl<K: Eq + Hash, V> Ages<K, V> {
    pub(super) fn new(life: Duration) -> Self {
        Self {
            life,
            young: HashMap::new(),
            old: HashMap::new(),
            turned_at: Duration::ZERO,
        }
    }

    /// The later one of what was put under a key.
    pub(super) fn get(&self, key: &K) -> Option<&V> {
        self.young.get(key).or_else(|| self.old.get(key))
    }

    /// What was put under a key lately.
    pub(super) fn young_mut(&mut self, key: &K) -> Option<&mut V> {
        self.young.get_mut(key)
    }

    /// Puts a value under a key.
    pub(super) fn put(&mut self, key: K, value: V) {
        self.young.insert(key, value);
    }

    /// How many entries the young half has.
    pub(super) fn young_len(&self) -> usize {
        self.young.len()
    }

    /// How many entries it has in all.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.young.len() + self.old.len()
    }

    /// Whether it is time to turn.
    pub(super) fn is_due(&self, now: Duration) -> bool {
        now.saturating_sub(self.turned_at) >= self.life
    }

    /// Makes the young half the old one, and gives what is forgotten: to be dropped where nobody
    /// waits for it.
    pub(super) fn turn(&mut self, now: Duration) -> HashMap<K, V> {
        self.turned_at = now;
        mem::replace(&mut self.old, mem::take(&mut self.young))
    }

    /// Forgets everything.
    pub(super) fn clear(&mut self) {
        self.young = HashMap::new();
        self.old = HashMap::new();
    }
}
