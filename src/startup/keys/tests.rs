use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, symlink};

use tempfile::TempDir;

use super::super::generate::{Made, generate, make_mac_file};
use super::*;
use crate::clock::{ManualClock, SystemEntropy};
use crate::token::{MacKey, MacKeys, SigningKey};

const NOW: u64 = 1_700_000_000;

const ES256: Algorithm = Algorithm::Es256;

fn make(folder: &Path) -> Made {
    generate(
        folder,
        ES256,
        &ManualClock::at(1_700_000_000),
        &SystemEntropy,
    )
    .unwrap()
}

/// A folder as `keys generate` leaves it, and its signing key's file.
fn whole() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let made = make(folder.path());
    (folder, made.key.unwrap().0)
}

fn refusal(folder: &TempDir) -> String {
    read(folder.path(), ES256, NOW).unwrap_err().to_string()
}

#[test]
fn what_was_generated_is_read_and_kept_for_the_owner_alone() {
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("keys");
    let (path, kid) = make(&folder).key.unwrap();
    let keys = read(&folder, ES256, NOW).unwrap();
    assert_eq!(keys.keys.keyring.active_kid(), kid);
    assert_eq!(keys.active, path);
    assert!(keys.warnings.is_empty());
    let name = path.file_name().unwrap().to_str().unwrap();
    assert_eq!(name, format!("es256-{}.pem", &kid[..8]));
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&folder), 0o700);
    assert_eq!((mode(&path), mode(&folder.join(MAC))), (0o600, 0o600));
    let states = fs::read_to_string(folder.join(STATES)).unwrap();
    let expected =
        serde_json::json!({"keys": {kid: {"state": "active", "created_at": 1_700_000_000}}});
    assert_eq!(
        serde_json::from_str::<serde_json::Value>(&states).unwrap(),
        expected
    );
}

#[test]
fn nothing_that_stands_is_made_again() {
    let (folder, key) = whole();
    let before = (
        fs::read(&key).unwrap(),
        fs::read(folder.path().join(MAC)).unwrap(),
    );
    let made = make(folder.path());
    assert!(made.key.is_none() && made.mac.is_none());
    let after = (
        fs::read(&key).unwrap(),
        fs::read(folder.path().join(MAC)).unwrap(),
    );
    assert_eq!(before, after);
}

#[test]
fn a_missing_mac_key_is_made_beside_a_key_that_stands() {
    let (folder, key) = whole();
    fs::remove_file(folder.path().join(MAC)).unwrap();
    assert!(refusal(&folder).contains("mac.key is missing: run `jotleash keys generate`"));
    let made = make(folder.path());
    assert!(made.key.is_none() && made.mac.is_some());
    assert_eq!(read(folder.path(), ES256, NOW).unwrap().active, key);
}

#[test]
fn what_is_missing_names_the_command_that_makes_it() {
    let folder = tempfile::tempdir().unwrap();
    assert!(refusal(&folder).contains("*.pem"));
    let error = read(&folder.path().join("none"), ES256, NOW)
        .unwrap_err()
        .to_string();
    assert!(
        error.ends_with("is missing: run `jotleash keys generate`"),
        "{error}"
    );
}

#[test]
fn a_secret_with_any_right_for_others_is_refused_with_the_command_that_helps() {
    for mode in [0o601, 0o602, 0o604, 0o644] {
        for exposed in ["key", "mac"] {
            let (folder, key) = whole();
            let path = if exposed == "key" {
                key
            } else {
                folder.path().join(MAC)
            };
            fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
            let expected = format!("run `chmod o= {}`", path.display());
            assert!(refusal(&folder).ends_with(&expected), "{exposed} {mode:o}");
        }
    }
}

#[test]
fn a_secret_that_the_group_can_read_is_a_warning() {
    let (folder, key) = whole();
    fs::set_permissions(&key, Permissions::from_mode(0o640)).unwrap();
    let warnings = read(folder.path(), ES256, NOW).unwrap().warnings;
    assert!(
        warnings
            .first()
            .unwrap()
            .contains("can be used by its group")
    );
}

#[test]
fn a_symbolic_link_is_judged_by_the_file_that_it_leads_to() {
    let (folder, key) = whole();
    let elsewhere = tempfile::tempdir().unwrap();
    let real = elsewhere.path().join("real.pem");
    fs::rename(&key, &real).unwrap();
    symlink(&real, &key).unwrap();
    assert!(read(folder.path(), ES256, NOW).is_ok());
    fs::set_permissions(&real, Permissions::from_mode(0o604)).unwrap();
    assert!(refusal(&folder).contains("chmod o= "));
}

#[test]
fn one_key_without_states_signs() {
    let (folder, key) = whole();
    fs::remove_file(folder.path().join(STATES)).unwrap();
    assert_eq!(read(folder.path(), ES256, NOW).unwrap().active, key);
}

#[test]
fn of_several_keys_the_marked_one_signs_and_the_others_do_nothing() {
    let (folder, key) = whole();
    let stray = SigningKey::generate_pem(ES256).unwrap();
    let path = folder.path().join("stray.pem");
    fs::write(&path, stray.as_bytes()).unwrap();
    fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
    let keys = read(folder.path(), ES256, NOW).unwrap();
    assert_eq!(keys.active, key);
    assert_eq!(keys.keys.keyring.kids().count(), 1);
    assert!(keys.warnings.first().unwrap().contains("stray.pem"));
    fs::remove_file(folder.path().join(STATES)).unwrap();
    assert!(refusal(&folder).contains("none is marked as the one that signs"));
}

/// Another MAC key in the folder, with what `keyring.json` says of it; gives its id.
fn add_mac(folder: &TempDir, state: &str) -> String {
    let id = make_mac_file(folder.path(), &SystemEntropy).unwrap();
    let path = folder.path().join(STATES);
    let mut states: serde_json::Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    states["mac_keys"][&id] = serde_json::json!({"state": state, "created_at": NOW});
    fs::write(&path, states.to_string()).unwrap();
    id
}

#[test]
fn of_the_mac_keys_the_active_one_tags_and_those_in_use_are_accepted() {
    const LABEL: &str = "a test v1";
    let (folder, _) = whole();
    let first = read(folder.path(), ES256, NOW).unwrap().keys.mac;
    let stray = make_mac_file(folder.path(), &SystemEntropy).unwrap();
    let files = read(folder.path(), ES256, NOW).unwrap();
    assert!(files.warnings[0].contains(&stray), "{:?}", files.warnings);
    fs::remove_file(folder.path().join(format!("{stray}.key"))).unwrap();

    let mut tags = Vec::new();
    for state in ["active", "next", "retiring", "retired"] {
        let id = add_mac(&folder, state);
        let bytes = fs::read(folder.path().join(format!("{id}.key"))).unwrap();
        let alone = MacKeys::from(MacKey::from_bytes(&bytes).unwrap());
        tags.push(alone.tag(LABEL, &[]));
    }
    let mac = read(folder.path(), ES256, NOW).unwrap().keys.mac;
    let held: Vec<bool> = tags.iter().map(|tag| mac.holds(LABEL, &[], tag)).collect();
    assert_eq!(held, [true, true, true, false]);
    assert_eq!(mac.tag(LABEL, &[]), tags[0]);
    // Once others are named, `mac.key` is nothing without a name.
    assert!(!mac.holds(LABEL, &[], &first.tag(LABEL, &[])));
    add_mac(&folder, "active");
    assert!(refusal(&folder).contains("mac_keys: 2 keys are marked active"));
}

#[test]
fn a_mac_key_that_is_named_and_not_there_is_told() {
    let (folder, _) = whole();
    let id = add_mac(&folder, "active");
    fs::remove_file(folder.path().join(format!("{id}.key"))).unwrap();
    let said = refusal(&folder);
    assert!(
        said.contains(&format!("the active key {id} is in no mac*.key file")),
        "{said}"
    );
    let again = generate(folder.path(), ES256, &ManualClock::at(NOW), &SystemEntropy);
    assert!(again.is_err(), "none is made in its place");
}

#[test]
fn a_signing_key_for_another_algorithm_leaves_the_mac_keys_as_they_are() {
    let (folder, key) = whole();
    let id = add_mac(&folder, "active");
    fs::remove_file(key).unwrap();
    assert!(refusal(&folder).contains("take keys out of this file"));
    let path = folder.path().join(STATES);
    let mut states: serde_json::Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    states.as_object_mut().unwrap().remove("keys");
    fs::write(&path, states.to_string()).unwrap();
    let clock = ManualClock::at(NOW);
    let made = generate(folder.path(), Algorithm::EdDsa, &clock, &SystemEntropy).unwrap();
    assert!(made.key.is_some() && made.mac.is_none());
    let files = read(folder.path(), Algorithm::EdDsa, NOW).unwrap();
    assert_eq!(files.states.mac_keys.active(), Ok(id.as_str()));
}

#[test]
fn states_that_do_not_go_with_the_keys_are_refused() {
    let (folder, _) = whole();
    let states = |text: &str| fs::write(folder.path().join(STATES), text).unwrap();
    for (text, expected) in [
        ("{", "not the states of keys"),
        (
            r#"{"keys":{"x":{"state":"active","created_at":1}}}"#,
            "is in no .pem file",
        ),
        (
            r#"{"keys":{"x":{"state":"resting","created_at":1}}}"#,
            "unknown variant `resting`",
        ),
        (
            r#"{"keys":{"x":{"state":"active","created_at":1},"y":{"state":"active","created_at":1}}}"#,
            "2 keys are marked active",
        ),
    ] {
        states(text);
        assert!(
            refusal(&folder).contains(expected),
            "{text}: {}",
            refusal(&folder)
        );
    }
}

#[test]
fn a_file_that_is_no_key_is_named() {
    let (folder, key) = whole();
    fs::write(&key, "nonsense").unwrap();
    assert!(refusal(&folder).starts_with(&key.display().to_string()));
    let (folder, _) = whole();
    fs::write(folder.path().join(MAC), "short").unwrap();
    assert!(refusal(&folder).contains(MAC));
}

#[test]
fn a_key_for_another_algorithm_is_refused_until_the_setting_is_its_own() {
    let (folder, key) = whole();
    for pinned in [Algorithm::Rs256, Algorithm::EdDsa] {
        let error = read(folder.path(), pinned, NOW).unwrap_err();
        assert!(
            matches!(&error, KeyFilesError::OtherAlgorithm { path, .. } if *path == key),
            "{error}"
        );
        let text = error.to_string();
        let setting = format!("is not for keys.algorithm = \"{pinned}\": move it away");
        assert!(text.contains(&setting), "{text}");
    }
    assert!(read(folder.path(), ES256, NOW).is_ok());
}

#[test]
fn a_key_for_eddsa_is_made_under_its_own_name() {
    let folder = tempfile::tempdir().unwrap();
    let clock = ManualClock::at(1_700_000_000);
    let made = generate(folder.path(), Algorithm::EdDsa, &clock, &SystemEntropy).unwrap();
    let (path, kid) = made.key.unwrap();
    assert!(path.ends_with(format!("eddsa-{}.pem", &kid[..8])));
    let keys = read(folder.path(), Algorithm::EdDsa, NOW).unwrap();
    assert_eq!(keys.keys.keyring.algorithm(), Algorithm::EdDsa);
}

#[test]
fn for_rs256_all_but_the_signing_key_is_made_and_the_error_tells_how_to_make_it() {
    let folder = tempfile::tempdir().unwrap();
    let clock = ManualClock::at(1_700_000_000);
    let make = || generate(folder.path(), Algorithm::Rs256, &clock, &SystemEntropy);
    let file = folder.path().join("rs256.pem");
    let command = format!(
        "run `{} && chmod 600 {}`",
        Algorithm::Rs256.genpkey(&file.display().to_string()),
        file.display()
    );
    let error = make().unwrap_err().to_string();
    assert!(error.ends_with(&command), "{error}");
    assert!(folder.path().join(MAC).exists());
    let error = read(folder.path(), Algorithm::Rs256, NOW).unwrap_err();
    assert!(error.to_string().ends_with(&command), "{error}");
}
