//! Folders that the service did not make: one that it may not write, and keys by OpenSSL.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;
use std::slice;
use std::sync::Arc;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::{add_key, keys_of, kid_of, now, published, states, write_states};
use crate::app::{App, Setup, assert_problem, json as body_of};

/// Gives or takes the right to write there.
fn set_writable(folder: &Path, writable: bool) {
    let mode = if writable { 0o700 } else { 0o500 };
    fs::set_permissions(folder, Permissions::from_mode(mode)).unwrap();
}

#[tokio::test]
async fn in_a_folder_that_cannot_be_written_no_key_changes_and_it_says_what_to_do() {
    let app = App::in_memory();
    let folder = keys_of(&app);
    let old = add_key(&folder);
    let mut written = states(&folder);
    let ends = now() + 3_600;
    written["keys"][&old] = json!({"state": "retiring", "created_at": 1, "retire_at": ends});
    write_states(&folder, &written);
    let app = Setup::default()
        .in_folder_of(app.kill())
        .unprivileged()
        .start();
    set_writable(&folder, false);

    let admin = app.admin().await;
    let retire = format!("/keys/{old}/retire");
    for (path, body) in [
        ("/keys/rotate", json!({})),
        ("/keys/rotate", json!({"now": true})),
        (&retire, json!({})),
        (&retire, json!({"dry_run": true})),
    ] {
        let refused = admin.post(path, &body).await;
        let problem = assert_problem(refused, 409, "keys_read_only").await;
        let right = "the right to write there";
        assert!(said(&problem).contains(right), "{path}: {problem}");
    }
    assert_eq!(states(&folder), written);
    assert_eq!(published(&app).await.len(), 2);
    let files: Vec<_> = fs::read_dir(&folder).unwrap().collect();
    assert_eq!(files.len(), 4, "two keys, mac.key, keyring.json: {files:?}");

    // Retired where the folder comes from, the key can be cut off by the store as well.
    set_writable(&folder, true);
    written["keys"][&old]["state"] = json!("retired");
    write_states(&folder, &written);
    set_writable(&folder, false);
    while published(&app).await.len() == 2 {}
    assert_eq!(admin.post(&retire, &json!({})).await.status(), 200);
    set_writable(&folder, true);
    assert_eq!(states(&folder), written);
}

/// Makes an RSA key in a folder, as `docs/keys.md` says.
fn openssl(folder: &Path, name: &str) {
    let file = folder.join(name);
    let arguments = [
        "genpkey",
        "-algorithm",
        "RSA",
        "-pkeyopt",
        "rsa_keygen_bits:2048",
        "-out",
    ];
    let made = Command::new("openssl").args(arguments).arg(&file).output();
    let made = made.unwrap_or_else(|error| panic!("openssl: {error}"));
    assert!(made.status.success(), "{made:?}");
    fs::set_permissions(&file, Permissions::from_mode(0o600)).unwrap();
}

/// Starts the service as in production, on a store that is not there; it reads the keys first.
fn start_in_vain(folder: &Path) {
    let ran = Command::new(env!("CARGO_BIN_EXE_jotleash"))
        .current_dir(folder)
        .env_clear()
        .env("JOTLEASH_KEYS_ALGORITHM", "RS256")
        .args(["serve", "--store", "redis://127.0.0.1:1/0"])
        .args(["--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&ran.stderr);
    assert_eq!(ran.status.code(), Some(5), "{said}");
    assert!(said.contains("signing with keys/rs256.pem"), "{said}");
}

fn start_with_rsa(folder: &Arc<TempDir>) -> App {
    Setup::default()
        .in_folder_of(Arc::clone(folder))
        .env("JOTLEASH_KEYS_ALGORITHM", "RS256")
        .start()
}

#[tokio::test]
async fn an_rsa_key_that_was_put_into_the_folder_is_taken_by_a_rotation() {
    let folder = Arc::new(TempDir::new().unwrap());
    let keys = folder.path().join("keys");
    fs::create_dir(&keys).unwrap();
    openssl(&keys, "rs256.pem");
    let mac = "an example key, 32 bytes long...";
    fs::write(keys.join("mac.key"), mac).unwrap();
    fs::set_permissions(keys.join("mac.key"), Permissions::from_mode(0o600)).unwrap();
    start_in_vain(folder.path());
    let named = states(&keys);
    assert_eq!(named["keys"].as_object().unwrap().len(), 1);

    // The other key may come while nothing runs: it is not asked which of them signs.
    openssl(&keys, "new.pem");
    let app = start_with_rsa(&folder);
    let old = kid_of(&app.log_in().await.access);
    assert_eq!(named["keys"][&old]["state"], "active");
    assert_eq!(published(&app).await, slice::from_ref(&old));
    // Its token is by the key that signs, and dies with that one.
    let rotate = async || {
        let admin = app.admin().await;
        admin.post("/keys/rotate", &json!({"now": true})).await
    };
    let answer = rotate().await;
    assert_eq!(answer.status(), 200);
    let new = body_of(answer).await["kid"].as_str().unwrap().to_owned();
    assert_ne!(new, old);
    assert_eq!(kid_of(&app.log_in().await.access), new);
    assert_eq!(published(&app).await, [new.clone(), old.clone()]);

    // Without a file there is none to take, also not one that was retired; of two, none is.
    let retire = format!("/keys/{old}/retire");
    let retired = app.admin().await.post(&retire, &json!({})).await;
    assert_eq!(retired.status(), 200);
    let problem = assert_problem(rotate().await, 409, "conflict").await;
    assert!(said(&problem).contains("openssl genpkey"), "{problem}");
    openssl(&keys, "a.pem");
    openssl(&keys, "b.pem");
    let problem = assert_problem(rotate().await, 409, "conflict").await;
    assert!(said(&problem).contains("leave one of them"), "{problem}");
    assert_eq!(published(&app).await, [new]);
}

fn said(problem: &Value) -> &str {
    problem["detail"].as_str().unwrap()
}
