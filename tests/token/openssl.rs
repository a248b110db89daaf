//! Keys made by OpenSSL, and the commands that the errors tell people to run.

use std::path::Path;
use std::process::Command;

use jotleash::token::{KeyError, SigningKey};
use tempfile::TempDir;

/// Runs a command line in a folder; OpenSSL is needed to run these tests.
fn run(folder: &Path, command: &str) {
    let output = Command::new("sh")
        .args(["-c", command])
        .current_dir(folder)
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command}: {errors}");
}

fn load(folder: &Path, name: &str) -> Result<SigningKey, KeyError> {
    SigningKey::from_pem(&std::fs::read(folder.join(name)).unwrap())
}

/// The command that an error ends with.
fn advice(error: &KeyError) -> String {
    let text = error.to_string();
    let at = text.find("openssl").unwrap();
    text[at..].to_owned()
}

/// Makes `old.pem`, has it refused, does as told, and loads `new.pem`.
fn follow(make: &str, is_expected: impl Fn(&KeyError) -> bool) {
    let folder = TempDir::new().unwrap();
    run(folder.path(), make);
    let error = load(folder.path(), "old.pem").unwrap_err();
    assert!(is_expected(&error), "{error:?}");
    run(folder.path(), &advice(&error));
    load(folder.path(), "new.pem").unwrap();
}

#[test]
fn a_key_by_genpkey_loads() {
    let folder = TempDir::new().unwrap();
    let make = "openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out key.pem";
    run(folder.path(), make);
    load(folder.path(), "key.pem").unwrap();
}

#[test]
fn a_sec1_key_loads_after_the_command_of_its_error() {
    let make = "openssl ecparam -name prime256v1 -genkey -out old.pem";
    follow(make, |error| *error == KeyError::Sec1);
    let make = "openssl ecparam -name prime256v1 -genkey -noout -out old.pem";
    follow(make, |error| *error == KeyError::Sec1);
}

#[test]
fn a_key_without_its_public_part_loads_after_the_command_of_its_error() {
    let make = "openssl ecparam -name prime256v1 -genkey -noout | openssl ec -no_public |
        openssl pkcs8 -topk8 -nocrypt -out old.pem";
    follow(make, |error| *error == KeyError::NoPublicPart);
}

#[test]
fn an_encrypted_key_loads_after_the_command_of_its_error() {
    let folder = TempDir::new().unwrap();
    let make = "openssl ecparam -name prime256v1 -genkey -noout |
        openssl pkcs8 -topk8 -passout pass:secret -out old.pem";
    run(folder.path(), make);
    let error = load(folder.path(), "old.pem").unwrap_err();
    assert_eq!(error, KeyError::Encrypted);
    run(
        folder.path(),
        &format!("{} -passin pass:secret", advice(&error)),
    );
    load(folder.path(), "new.pem").unwrap();
}

#[test]
fn a_key_of_another_type_is_named_and_the_advice_makes_a_good_one() {
    for (options, name) in [
        ("RSA -pkeyopt rsa_keygen_bits:2048", "an RSA key"),
        ("RSA-PSS -pkeyopt rsa_keygen_bits:2048", "an RSA-PSS key"),
        ("ED25519", "an Ed25519 key"),
        ("ED448", "an Ed448 key"),
        ("X25519", "an X25519 key"),
        ("EC -pkeyopt ec_paramgen_curve:P-384", "an EC key on P-384"),
        ("EC -pkeyopt ec_paramgen_curve:P-521", "an EC key on P-521"),
        (
            "EC -pkeyopt ec_paramgen_curve:secp256k1",
            "an EC key on secp256k1",
        ),
        (
            "EC -pkeyopt ec_paramgen_curve:P-256 -pkeyopt ec_param_enc:explicit",
            "an EC key with explicit curve parameters",
        ),
    ] {
        let make = format!("openssl genpkey -algorithm {options} -out old.pem");
        follow(&make, |error| *error == KeyError::WrongType(name));
    }
}

#[test]
fn a_pkcs1_key_a_public_key_and_a_certificate_are_refused_with_advice() {
    let rsa = "openssl genrsa -traditional -out old.pem 2048";
    follow(rsa, |error| *error == KeyError::Pkcs1);
    let ec = "openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256";
    let public = format!("{ec} | openssl pkey -pubout -out old.pem");
    follow(&public, |error| {
        *error == KeyError::NotPrivate("public key".to_owned())
    });
    let certificate =
        format!("{ec} -out k.pem && openssl req -x509 -key k.pem -subj /CN=x -out old.pem");
    follow(&certificate, |error| {
        *error == KeyError::NotPrivate("certificate".to_owned())
    });
}
