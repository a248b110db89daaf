//! A full disk: no log-in, every log-out, and well again by itself.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use tempfile::TempDir;

use super::small_disk::SmallDisk;
use crate::app::{Admin, App, Setup, Tokens, assert_problem, header};

fn start(folder: &Arc<TempDir>, disk: &SmallDisk) -> App {
    Setup::default()
        .store("embedded:small/jotleash.redb")
        .in_folder_of(Arc::clone(folder))
        .env("PATH", "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin")
        .under(disk.inside())
        .start()
}

/// Logs in, as somebody else each time, until it is refused.
async fn fill_the_store(admin: &Admin<'_>) {
    for number in 0..5_000 {
        let answer = admin
            .post("/sessions", &json!({"subject": format!("guest{number}")}))
            .await;
        if answer.status() != 200 {
            assert_problem(answer, 503, "store_unavailable").await;
            return;
        }
    }
    panic!("the disk does not fill");
}

#[tokio::test]
async fn a_full_disk_takes_no_log_in_and_every_log_out_and_heals_by_itself() {
    let folder = Arc::new(TempDir::new().unwrap());
    let disk = SmallDisk::at(&folder.path().join("small"), 24);
    let app = start(&folder, &disk);
    let mut sessions = Vec::new();
    for _ in 0..12 {
        sessions.push(app.log_in().await);
    }
    let admin = app.admin().await;
    // On the disk is what was there before a revocation; that this ban is one costs no session.
    let banned = admin.post("/subjects/nobody/ban", &json!({})).await;
    assert_eq!(header(&banned, "jotleash-durability"), "fsynced");

    // At once, so that the service meets it in the middle of a write.
    disk.fill_but(0);
    fill_the_store(&admin).await;
    let (staying, leaving) = sessions.split_at(2);
    for tokens in leaving {
        assert_problem(app.login(&app.demo()).await, 503, "store_unavailable").await;
        assert_eq!(app.status_of(&tokens.access).await, 200);
        let answer = app.logout(&tokens.access, None).await;
        assert_eq!(answer.status(), 204, "{}", app.log());
        assert_eq!(header(&answer, "jotleash-durability"), "fsynced");
        assert_eq!(app.status_of(&tokens.access).await, 401);
    }
    let banned = admin.post("/subjects/mallory/ban", &json!({})).await;
    assert_eq!(banned.status(), 200);
    let log = app.log();
    let told = log.lines().find(|line| line.contains("is full")).unwrap();
    assert!(
        told.contains("small/jotleash.redb") && told.contains("make room"),
        "{told}"
    );
    drop(admin);

    // Killed, it starts again on the full disk.
    app.kill();
    let app = start(&folder, &disk);
    for tokens in leaving {
        assert_eq!(app.status_of(&tokens.access).await, 401);
        assert_eq!(app.refresh(&tokens.refresh).await.status(), 401);
    }
    for tokens in staying {
        assert_eq!(app.status_of(&tokens.access).await, 200);
    }

    disk.empty();
    while app.login(&app.demo()).await.status() != 200 {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    for tokens in staying {
        Tokens::of(app.refresh(&tokens.refresh).await).await;
    }
    assert!(app.log().contains("there is room again"), "{}", app.log());
}

#[tokio::test]
async fn a_disk_that_fills_up_loses_no_log_in() {
    let folder = Arc::new(TempDir::new().unwrap());
    let disk = SmallDisk::at(&folder.path().join("small"), 32);
    let app = start(&folder, &disk);
    disk.fill_but(6 * 1024);
    let mut sessions = Vec::new();
    loop {
        let answer = app.login(&app.demo()).await;
        if answer.status() == 503 {
            break;
        }
        sessions.push(Tokens::of(answer).await);
    }
    disk.empty();
    disk.fill_but(0);
    for tokens in &sessions {
        assert_eq!(app.status_of(&tokens.access).await, 200);
        assert_eq!(app.logout(&tokens.access, None).await.status(), 204);
        assert_eq!(app.status_of(&tokens.access).await, 401);
    }
}
