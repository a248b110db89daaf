//! Keys made by OpenSSL, and the commands that the errors tell people to run.

use std::path::Path;
use std::process::Command;

use jotleash::token::{Algorithm, KeyError, PublicKeyError, SigningKey};
use tempfile::TempDir;

use Algorithm::{EdDsa, Es256, Rs256};

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

fn load(folder: &Path, name: &str, pinned: Algorithm) -> Result<SigningKey, KeyError> {
    SigningKey::from_pem(&std::fs::read(folder.join(name)).unwrap(), pinned)
}

/// The command that an error ends with.
fn advice(error: &KeyError) -> String {
    let text = error.to_string();
    let at = text.find("openssl").unwrap();
    text[at..].to_owned()
}

/// Makes `old.pem`, has it refused, does as told, and loads `new.pem`.
fn follow(make: &str, pinned: Algorithm, expected: &KeyError) {
    let folder = TempDir::new().unwrap();
    run(folder.path(), make);
    let error = load(folder.path(), "old.pem", pinned).unwrap_err();
    assert_eq!(&error, expected, "{make}");
    run(folder.path(), &advice(&error));
    let key = load(folder.path(), "new.pem", pinned).unwrap();
    assert_eq!(key.algorithm(), pinned);
}

fn genpkey(options: &str) -> String {
    format!("openssl genpkey -algorithm {options} -out old.pem")
}

#[test]
fn a_key_by_genpkey_loads_for_its_algorithm_and_for_no_other() {
    for (options, fits) in [
        ("EC -pkeyopt ec_paramgen_curve:P-256", Es256),
        ("RSA -pkeyopt rsa_keygen_bits:2048", Rs256),
        ("RSA -pkeyopt rsa_keygen_bits:3072", Rs256),
        ("RSA -pkeyopt rsa_keygen_bits:4096", Rs256),
        ("ed25519", EdDsa),
    ] {
        let folder = TempDir::new().unwrap();
        run(folder.path(), &genpkey(options));
        for pinned in Algorithm::ALL {
            match load(folder.path(), "old.pem", pinned) {
                Ok(key) => assert_eq!((key.algorithm(), pinned), (fits, fits)),
                Err(error) => {
                    assert_ne!(pinned, fits, "{error}");
                    let other =
                        matches!(error, KeyError::WrongType { needed, .. } if needed == pinned);
                    assert!(other, "{options} for {pinned}: {error}");
                }
            }
        }
    }
}

#[test]
fn the_command_that_is_advised_for_an_algorithm_makes_its_key() {
    for algorithm in Algorithm::ALL {
        let folder = TempDir::new().unwrap();
        run(folder.path(), &algorithm.genpkey("key.pem"));
        load(folder.path(), "key.pem", algorithm).unwrap();
    }
}

#[test]
fn a_sec1_key_loads_after_the_command_of_its_error() {
    for options in ["", " -noout"] {
        let make = format!("openssl ecparam -name prime256v1 -genkey{options} -out old.pem");
        follow(&make, Es256, &KeyError::Sec1);
        for needed in [Rs256, EdDsa] {
            let found = "an EC key in SEC1";
            follow(&make, needed, &KeyError::WrongType { found, needed });
        }
    }
}

#[test]
fn a_pkcs1_key_loads_after_the_command_of_its_error() {
    let make = "openssl genrsa -traditional -out old.pem 2048";
    follow(make, Rs256, &KeyError::Pkcs1);
    for needed in [Es256, EdDsa] {
        let found = "an RSA key in PKCS#1";
        follow(make, needed, &KeyError::WrongType { found, needed });
    }
}

#[test]
fn a_key_without_its_public_part_loads_after_the_command_of_its_error() {
    let make = "openssl ecparam -name prime256v1 -genkey -noout | openssl ec -no_public |
        openssl pkcs8 -topk8 -nocrypt -out old.pem";
    follow(make, Es256, &KeyError::NoPublicPart);
}

#[test]
fn an_encrypted_key_loads_after_the_command_of_its_error() {
    for pinned in Algorithm::ALL {
        let folder = TempDir::new().unwrap();
        run(folder.path(), &pinned.genpkey("plain.pem"));
        run(
            folder.path(),
            "openssl pkcs8 -topk8 -in plain.pem -passout pass:secret -out old.pem",
        );
        let error = load(folder.path(), "old.pem", pinned).unwrap_err();
        assert_eq!(error, KeyError::Encrypted);
        run(
            folder.path(),
            &format!("{} -passin pass:secret", advice(&error)),
        );
        load(folder.path(), "new.pem", pinned).unwrap();
    }
}

#[test]
fn a_key_of_another_type_is_named_and_the_advice_makes_a_good_one() {
    let explicit = "EC -pkeyopt ec_paramgen_curve:P-256 -pkeyopt ec_param_enc:explicit";
    for (options, found) in [
        ("RSA-PSS -pkeyopt rsa_keygen_bits:2048", "an RSA-PSS key"),
        ("ED448", "an Ed448 key"),
        ("X25519", "an X25519 key"),
        ("X448", "an X448 key"),
        ("EC -pkeyopt ec_paramgen_curve:P-384", "an EC key on P-384"),
        ("EC -pkeyopt ec_paramgen_curve:P-521", "an EC key on P-521"),
        (
            "EC -pkeyopt ec_paramgen_curve:secp256k1",
            "an EC key on secp256k1",
        ),
        (explicit, "an EC key with explicit curve parameters"),
    ] {
        for needed in Algorithm::ALL {
            let expected = KeyError::WrongType { found, needed };
            follow(&genpkey(options), needed, &expected);
        }
    }
    let dsa = "openssl dsaparam -genkey 1024 -noout |
        openssl pkcs8 -topk8 -nocrypt -out old.pem";
    let (found, needed) = ("a DSA key", Es256);
    follow(dsa, needed, &KeyError::WrongType { found, needed });
}

#[test]
fn a_weak_rsa_key_and_one_too_long_to_sign_with_are_refused() {
    let weak = |source| KeyError::Weak {
        source,
        needed: Rs256,
    };
    for bits in [512, 1024, 2040, 2047, 4104] {
        let make = genpkey(&format!("RSA -pkeyopt rsa_keygen_bits:{bits}"));
        follow(&make, Rs256, &weak(PublicKeyError::RsaSize(bits)));
    }
    for exponent in ["3", "17", "8589934593"] {
        let make = genpkey(&format!(
            "RSA -pkeyopt rsa_keygen_bits:2048 -pkeyopt rsa_keygen_pubexp:{exponent}"
        ));
        follow(&make, Rs256, &weak(PublicKeyError::RsaExponent));
    }
}

#[test]
fn a_public_key_a_certificate_and_two_keys_in_a_file_are_refused_with_advice() {
    for needed in Algorithm::ALL {
        let make = needed.genpkey("k.pem");
        let not = |label: &str| KeyError::NotPrivate {
            label: label.to_owned(),
            needed,
        };
        let public = format!("{make} && openssl pkey -in k.pem -pubout -out old.pem");
        follow(&public, needed, &not("public key"));
        let certificate =
            format!("{make} && openssl req -x509 -key k.pem -subj /CN=x -out old.pem");
        follow(&certificate, needed, &not("certificate"));
        let folder = TempDir::new().unwrap();
        run(
            folder.path(),
            &format!("{make} && cat k.pem k.pem > old.pem"),
        );
        let error = load(folder.path(), "old.pem", needed).unwrap_err();
        assert_eq!(error, KeyError::Several(2));
    }
}
