//! Backup and restore with the lines of docs/embedded.md, as they are printed there.

use std::process::Command;
use std::time::Duration;

use serde_json::json;

use crate::app::{App, Setup, Tokens, json};

const DOCUMENT: &str = include_str!("../../../docs/embedded.md");
const STORE: &str = "embedded:data/jotleash.redb";

/// Runs the lines after `$ ` of one chapter that are for this moment; gives what they printed.
fn run_printed(chapter: &str, starts: &[&str], app: &App) -> String {
    let (_, text) = DOCUMENT.split_once(&format!("\n## {chapter}\n")).unwrap();
    let text = text.split("\n## ").next().unwrap();
    let lines = text.lines().filter_map(|line| line.strip_prefix("$ "));
    let lines: Vec<_> = lines
        .filter(|line| starts.iter().any(|start| line.starts_with(start)))
        .collect();
    assert_eq!(lines.len(), starts.len(), "{lines:?}");
    let ran = Command::new("sh")
        .args(["-ec", &lines.join("\n")])
        .current_dir(app.folder.path())
        .envs(&app.env)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&ran.stderr).into_owned();
    assert!(ran.status.success(), "{said}");
    String::from_utf8(ran.stdout).unwrap()
}

fn stopped(mut app: App) -> App {
    app.signal("TERM");
    assert_eq!(app.wait(), Some(0));
    app
}

fn started(stopped: App) -> App {
    Setup::default()
        .store(STORE)
        .in_folder_of(stopped.kill())
        .start()
}

#[tokio::test]
async fn a_restore_undoes_revocations_and_the_printed_cut_off_ends_them_again() {
    let app = Setup::default().store(STORE).start();
    app.admin().await.create_user("mallory", &[]).await;
    let mallory = crate::app::credentials_of("mallory");
    let leaving = app.log_in().await;
    let banned = Tokens::of(app.login(&mallory).await).await;

    let app = stopped(app);
    run_printed("Backup", &["install"], &app);
    let app = started(app);
    assert_eq!(app.logout(&leaving.access, None).await.status(), 204);
    {
        let admin = app.admin().await;
        let sub = crate::app::claims(&banned.access)["sub"].clone();
        let path = format!("/subjects/{}/ban", sub.as_str().unwrap());
        let ban = json(admin.post(&path, &json!({})).await).await;
        assert_eq!(ban["revoked"], json!({"sessions": 1, "tokens": 1}));
    }

    let app = stopped(app);
    run_printed("Restore", &["install"], &app);
    let app = started(app);
    // What the document warns of.
    for tokens in [&leaving, &banned] {
        assert_eq!(app.status_of(&tokens.access).await, 200);
    }
    let answer = run_printed("Restore", &["TOKEN=", "curl"], &app);
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    let answer = answer.to_lowercase();
    assert!(answer.contains("jotleash-durability: fsynced"), "{answer}");
    for tokens in [&leaving, &banned] {
        assert_eq!(app.status_of(&tokens.access).await, 401);
        assert_eq!(app.refresh(&tokens.refresh).await.status(), 401);
    }
    while app.login(&app.demo()).await.status() == 503 {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let fresh = app.log_in().await;
    assert_eq!(app.status_of(&fresh.access).await, 200);
    for tokens in [&leaving, &banned] {
        assert_eq!(app.status_of(&tokens.access).await, 401);
    }
}
