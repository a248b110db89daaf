//! Looking into a Redis from outside.

use std::collections::BTreeMap;

use redis::Value;

use crate::redis_server::RedisServer;

/// What a test wants to know of a Redis beside what the service does with it.
pub trait Watch {
    /// Runs one command and shows its answer as text.
    fn run(&self, words: &[&str]) -> String;
    /// The keys that match a pattern.
    fn matching(&self, pattern: &str) -> Vec<String>;
    /// How often each command was called since an earlier count, without those that were not.
    fn calls_since(&self, before: &BTreeMap<String, u64>) -> BTreeMap<String, u64>;
    /// How many connections it has.
    fn connections(&self) -> u64;
    /// Every key and every value, as text.
    fn dump(&self) -> String;
}

impl Watch for RedisServer {
    fn run(&self, words: &[&str]) -> String {
        let mut command = redis::cmd(words[0]);
        for word in &words[1..] {
            command.arg(*word);
        }
        text(&command.query(&mut self.raw()).unwrap())
    }

    fn matching(&self, pattern: &str) -> Vec<String> {
        redis::cmd("KEYS")
            .arg(pattern)
            .query(&mut self.raw())
            .unwrap()
    }

    fn calls_since(&self, before: &BTreeMap<String, u64>) -> BTreeMap<String, u64> {
        let now = self.calls().into_iter();
        let since = now.map(|(name, calls)| {
            let earlier = before.get(&name).copied().unwrap_or(0);
            (name, calls - earlier)
        });
        since.filter(|(_, calls)| *calls > 0).collect()
    }

    fn connections(&self) -> u64 {
        let clients = self.run(&["INFO", "clients"]);
        let line = clients
            .lines()
            .find_map(|line| line.strip_prefix("connected_clients:"));
        line.unwrap().trim().parse().unwrap()
    }

    fn dump(&self) -> String {
        let mut all = String::new();
        for key in self.matching("*") {
            let read: &[&str] = match self.run(&["TYPE", &key]).as_str() {
                "string" => &["GET", &key],
                "hash" => &["HGETALL", &key],
                "zset" => &["ZRANGE", &key, "0", "-1"],
                "stream" => &["XRANGE", &key, "-", "+"],
                other => panic!("{key} is a {other}"),
            };
            all += &[&key, " ", &self.run(read), "\n"].concat();
        }
        all
    }
}

fn text(value: &Value) -> String {
    match value {
        Value::Nil => String::new(),
        Value::Int(number) => number.to_string(),
        Value::BulkString(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        Value::SimpleString(text) => text.clone(),
        Value::Okay => "OK".to_owned(),
        Value::Array(items) => items.iter().map(text).collect::<Vec<_>>().join(" "),
        other => format!("{other:?}"),
    }
}
