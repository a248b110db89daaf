//! `kill -9` at any moment.

use std::process::Command;
use std::thread;
use std::time::Duration;

use futures_util::future::join_all;

use super::load::{Dice, Load, Order};
use crate::app::Setup;

const STORE: &str = "embedded:data/jotleash.redb";
const USERS: u64 = 4;

/// A number from the environment.
fn given(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |value| value.parse().unwrap())
}

/// Kills at once, a while from now.
fn kill_after(pid: u32, delay: Duration) -> thread::JoinHandle<()> {
    thread::spawn(move || {
        thread::sleep(delay);
        let pid = pid.to_string();
        let killed = Command::new("kill").args(["-9", &pid]).status();
        assert!(killed.unwrap().success());
    })
}

/// More rounds: `JOTLEASH_KILLS=1000`; other moments: `JOTLEASH_SEED=7`.
#[tokio::test]
async fn killed_at_any_moment_every_revocation_is_in_force() {
    let (rounds, seed) = (given("JOTLEASH_KILLS", 25), given("JOTLEASH_SEED", 1));
    let mut dice = Dice(seed);
    let mut app = Setup::default().store(STORE).start();
    let mut loads = Vec::new();
    {
        let admin = app.admin().await;
        for user in 0..USERS {
            loads.push(Load::new(&format!("user{user}"), &admin, dice.roll(u64::MAX)).await);
        }
    }
    let (mut acknowledged, mut lost) = (0, 0);
    for round in 0..rounds {
        let order = Order::default();
        let delay = Duration::from_millis(20 + dice.roll(1_500));
        {
            let admin = app.admin().await;
            let killer = kill_after(app.pid(), delay);
            let runs = loads.iter_mut().map(|load| load.run(&app, &admin, &order));
            join_all(runs).await;
            killer.join().unwrap();
        }
        let folder = app.kill();
        app = Setup::default().store(STORE).in_folder_of(folder).start();
        for load in &loads {
            lost += load.check(&app, &order).await;
        }
        let admin = app.admin().await;
        for load in &mut loads {
            load.settle(&admin).await;
        }
        acknowledged += order.acknowledged();
        eprintln!("round {round}: killed after {delay:?}, {acknowledged} revocations, {lost} lost");
    }
    assert!(acknowledged > rounds * USERS, "only {acknowledged}");
}
