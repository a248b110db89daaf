//! What lies at the store's path and is no store, no longer one, or another's: refused at the start
//! with one sentence, by `doctor` with the same one, and left as it is.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

use redb::{ReadableDatabase as _, TableDefinition, TableHandle as _};
use serde_json::json;
use tempfile::TempDir;

use crate::app::{App, Setup, header};
use crate::process::said_to_the_end;

const FILE: &str = "data/jotleash.redb";
const STORE: &str = "embedded:data/jotleash.redb";
const ANYWHERE: [&str; 4] = ["--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"];

/// A store with something in it, of a service that was killed or stopped.
async fn left_behind(killed: bool) -> Arc<TempDir> {
    let mut app = Setup::default().store(STORE).start();
    app.log_in().await;
    {
        let admin = app.admin().await;
        let banned = admin.post("/subjects/mallory/ban", &json!({})).await;
        assert_eq!(header(&banned, "jotleash-durability"), "fsynced");
    }
    if !killed {
        app.signal("TERM");
        assert_eq!(app.wait(), Some(0));
    }
    app.kill()
}

/// Runs a command to its end; gives its exit code and all that it said.
fn run(folder: &Path, prefix: &[&str], command: &[&str]) -> (Option<i32>, String) {
    let words = [
        prefix,
        &[env!("CARGO_BIN_EXE_jotleash")],
        command,
        &["--store", STORE],
        &ANYWHERE,
    ];
    let words = words.concat();
    let mut command = Command::new(words[0]);
    command
        .args(&words[1..])
        .current_dir(folder)
        .env_clear()
        .env("PATH", "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    said_to_the_end(command)
}

/// Checks that neither takes it, and that both say these words.
fn assert_refused(folder: &Path, words: &[&str]) {
    for command in [&["serve", "--dev"][..], &["doctor"]] {
        let (code, said) = run(folder, &[], command);
        assert_eq!(code, Some(2), "{command:?} {words:?}: {said}");
        for word in words.iter().chain(&[FILE]) {
            assert!(said.contains(word), "{command:?}: no {word:?} in {said}");
        }
        assert!(!said.contains("panicked"), "{said}");
    }
}

/// Puts this at the store's path, and checks the same and that it stays.
fn assert_bytes_refused(folder: &Path, content: &[u8], words: &[&str]) {
    let path = folder.join(FILE);
    fs::write(&path, content).unwrap();
    assert_refused(folder, words);
    assert!(
        fs::read(&path).unwrap() == content,
        "{words:?}: it was changed"
    );
}

/// The names of the tables of a database.
fn tables(path: &Path) -> Vec<String> {
    let database = redb::Database::open(path).unwrap();
    let transaction = database.begin_read().unwrap();
    let tables = transaction.list_tables().unwrap();
    tables.map(|table| table.name().to_owned()).collect()
}

#[tokio::test]
async fn what_is_no_store_any_more_is_refused_and_left_as_it_is() {
    for killed in [true, false] {
        let folder = left_behind(killed).await;
        let whole = fs::read(folder.path().join(FILE)).unwrap();
        for part in [1, 8, 100, 4096, 5000, whole.len() / 2, whole.len() - 1] {
            assert_bytes_refused(folder.path(), &whole[..part], &["restore it from a backup"]);
        }
        let words = ["is empty", "restore it from a backup"];
        assert_bytes_refused(folder.path(), b"", &words);
        let words = [
            "is not a jotleash store, or no longer one",
            "restore it from a backup",
        ];
        for other in [vec![0; whole.len()], b"a letter to my aunt".repeat(1_000)] {
            assert_bytes_refused(folder.path(), &other, &words);
        }
        fs::write(folder.path().join(FILE), &whole).unwrap();
        let mut app = Setup::default().store(STORE).in_folder_of(folder).start();
        app.signal("TERM");
        assert_eq!(app.wait(), Some(0));
    }
}

#[tokio::test]
async fn what_is_anothers_is_refused_and_stays_theirs() {
    let folder = left_behind(false).await;
    let path = folder.path().join(FILE);
    {
        let database = redb::Database::open(&path).unwrap();
        let transaction = database.begin_write().unwrap();
        let meta: TableDefinition<'_, &str, u64> = TableDefinition::new("meta");
        transaction
            .open_table(meta)
            .unwrap()
            .insert("format", 99)
            .unwrap();
        transaction.commit().unwrap();
    }
    let words = [
        "has format 99 and this version reads format 1",
        "run the version that wrote it",
    ];
    assert_refused(folder.path(), &words);

    fs::remove_file(&path).unwrap();
    let theirs: TableDefinition<'_, &str, &str> = TableDefinition::new("theirs");
    for table in [None, Some(theirs)] {
        let database = redb::Database::create(&path).unwrap();
        if let Some(table) = table {
            let transaction = database.begin_write().unwrap();
            transaction.open_table(table).unwrap();
            transaction.commit().unwrap();
        }
        drop(database);
        fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
        assert_refused(folder.path(), &["is not a jotleash store"]);
        assert_eq!(tables(&path), table.map_or(&[][..], |_| &["theirs"]));
    }

    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    assert_refused(folder.path(), &["cannot open", "directory"]);
}

#[tokio::test]
async fn a_file_without_rights_or_with_too_many_is_refused() {
    let folder = left_behind(true).await;
    let path = folder.path().join(FILE);
    fs::set_permissions(&path, Permissions::from_mode(0o604)).unwrap();
    assert_refused(folder.path(), &["others may read", "chmod o= "]);
    // Without the rights of root, should this be root.
    let unshare = ["unshare", "--user"];
    for mode in [0o400, 0o000] {
        fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
        let (_, said) = run(folder.path(), &unshare, &["serve", "--dev"]);
        assert!(
            said.contains("Permission denied") && said.contains(FILE),
            "{said}"
        );
        let (code, said) = run(folder.path(), &unshare, &["doctor"]);
        assert!(
            code == Some(2) && said.contains("Permission denied"),
            "{said}"
        );
    }
}

#[tokio::test]
async fn a_second_process_is_refused_and_a_killed_one_leaves_no_lock() {
    let mut folder = Arc::new(TempDir::new().unwrap());
    for _ in 0..3 {
        let app: App = Setup::default()
            .store(STORE)
            .in_folder_of(Arc::clone(&folder))
            .start();
        let tokens = app.log_in().await;
        for command in [&["serve", "--dev"][..], &["serve"]] {
            let (code, said) = run(folder.path(), &[], command);
            assert_eq!(code, Some(2), "{said}");
            let sentence = "data/jotleash.redb is in use by another process; stop that one";
            assert!(said.contains(sentence), "{said}");
        }
        assert_eq!(app.status_of(&tokens.access).await, 200);
        folder = app.kill();
    }
}
