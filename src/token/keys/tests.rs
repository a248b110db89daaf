use super::*;
use ring::signature::{ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair};

use super::super::public::rng;

const ES256: Algorithm = Algorithm::Es256;

fn block(label: &str, der: &[u8]) -> String {
    let config = ::pem::EncodeConfig::new().set_line_ending(::pem::LineEnding::LF);
    ::pem::encode_config(&::pem::Pem::new(label, der), config)
}

fn generated() -> Vec<u8> {
    let pem = SigningKey::generate_pem(ES256).unwrap();
    ::pem::parse(pem.as_bytes()).unwrap().into_contents()
}

fn refused(pem: impl AsRef<[u8]>) -> KeyError {
    SigningKey::from_pem(pem.as_ref(), ES256).unwrap_err()
}

fn tagged(tag: u8, value: &[u8]) -> Vec<u8> {
    let mut out = vec![tag, u8::try_from(value.len()).unwrap()];
    out.extend(value);
    out
}

/// PKCS#8 with an algorithm and a private key of any form.
fn pkcs8(algorithm: &[u8], private_key: &[u8]) -> String {
    let mut body = vec![2, 1, 0];
    body.extend(tagged(0x30, algorithm));
    body.extend(tagged(0x04, private_key));
    block("PRIVATE KEY", &tagged(0x30, &body))
}

const EC: &[u8] = b"\x06\x07\x2a\x86\x48\xce\x3d\x02\x01";

#[test]
fn a_generated_key_loads_and_has_the_same_id_each_time() {
    let pem = SigningKey::generate_pem(ES256).unwrap();
    let [one, two] = [(); 2].map(|()| SigningKey::from_pem(pem.as_bytes(), ES256).unwrap());
    assert_eq!(one.kid(), two.kid());
    assert_eq!(one.kid().len(), 43);
    assert_eq!(one.algorithm(), Algorithm::Es256);
    assert!(!pem.contains('\r'));
}

#[test]
fn line_ends_of_windows_and_white_space_around_do_not_matter() {
    let pem = SigningKey::generate_pem(ES256).unwrap();
    let kid = SigningKey::from_pem(pem.as_bytes(), ES256)
        .unwrap()
        .kid()
        .to_owned();
    for same in [pem.replace('\n', "\r\n"), format!("\n\n{}\n ", *pem)] {
        assert_eq!(
            SigningKey::from_pem(same.as_bytes(), ES256).unwrap().kid(),
            kid
        );
    }
}

#[test]
fn another_format_is_refused_with_what_to_do_about_it() {
    let der = generated();
    let ours = block("PRIVATE KEY", &der);
    let sec1 = block("EC PRIVATE KEY", &der);
    let parameters = block("EC PARAMETERS", &der);
    let not = |what: &str| KeyError::NotPrivate {
        label: what.to_owned(),
        needed: ES256,
    };
    for (pem, expected) in [
        (String::new(), KeyError::NotPem),
        ("hello".to_owned(), KeyError::NotPem),
        (sec1.clone(), KeyError::Sec1),
        (format!("{parameters}{sec1}"), KeyError::Sec1),
        (
            block("RSA PRIVATE KEY", &der),
            KeyError::WrongType {
                found: "an RSA key in PKCS#1",
                needed: ES256,
            },
        ),
        (block("ENCRYPTED PRIVATE KEY", &der), KeyError::Encrypted),
        (block("CERTIFICATE", &der), not("certificate")),
        (block("PUBLIC KEY", &der), not("public key")),
        (format!("{ours}{ours}"), KeyError::Several(2)),
        (
            format!("{ours}{}", block("CERTIFICATE", &der)),
            KeyError::Several(2),
        ),
        (format!("{ours}rubbish"), KeyError::TrailingText),
        (format!("rubbish\n{ours}"), KeyError::TrailingText),
        (
            format!("{ours}-----END PRIVATE KEY-----"),
            KeyError::TrailingText,
        ),
        (
            ours.replace("END PRIVATE", "END PUBLIC"),
            KeyError::TrailingText,
        ),
        (
            ours.replace("-----END PRIVATE KEY-----", ""),
            KeyError::TrailingText,
        ),
        (ours.replace("MIG", "M!G"), KeyError::NotPem),
        (
            ours.replacen("KEY-----\n", "KEY-----\nProc-Type: 4,ENCRYPTED\n\n", 1),
            KeyError::NotPem,
        ),
    ] {
        assert_eq!(refused(&pem), expected, "{pem}");
    }
    assert_eq!(refused(&der), KeyError::NotPem);
    assert!(
        KeyError::Sec1
            .to_string()
            .contains("openssl pkcs8 -topk8 -nocrypt -in")
    );
}

#[test]
fn a_key_of_another_type_is_called_by_its_name() {
    let p384 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P384_SHA384_FIXED_SIGNING, &rng()).unwrap();
    let ed25519 = Ed25519KeyPair::generate_pkcs8(&rng()).unwrap();
    let on = |curve: &[u8]| pkcs8(&[EC, curve].concat(), b"");
    let rsa = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00";
    for (pem, name) in [
        (block("PRIVATE KEY", p384.as_ref()), "an EC key on P-384"),
        (
            block("PRIVATE KEY", ed25519.as_ref()),
            "an Ed25519 key, as EdDSA needs",
        ),
        (
            pkcs8(rsa, b"\x30\x09\x02\x01\x00\x02\x01\x05\x02\x01\x03"),
            "an RSA key, as RS256 needs",
        ),
        (
            on(b"\x06\x05\x2b\x81\x04\x00\x0a"),
            "an EC key on secp256k1",
        ),
        (on(b"\x06\x05\x2b\x81\x04\x00\x23"), "an EC key on P-521"),
        (
            on(b"\x06\x05\x2b\x81\x04\x00\x7f"),
            "an EC key on an unknown curve",
        ),
        (on(b"\x30\x00"), "an EC key with explicit curve parameters"),
        (pkcs8(b"\x06\x03\x2b\x65\x7f", b""), "of an unknown type"),
    ] {
        let error = refused(&pem);
        let expected = KeyError::WrongType {
            found: name,
            needed: ES256,
        };
        assert_eq!(error, expected);
        assert!(error.to_string().contains("ES256 needs a P-256 key"));
    }
}

#[test]
fn a_key_without_its_public_part_is_refused_with_the_command_that_adds_it() {
    let der = generated();
    let private_key = &der[36..68];
    let mut members = vec![2, 1, 1];
    members.extend(tagged(0x04, private_key));
    let algorithm = [EC, b"\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07"].concat();
    let error = refused(pkcs8(&algorithm, &tagged(0x30, &members)));
    assert_eq!(error, KeyError::NoPublicPart);
    assert!(error.to_string().contains("openssl ec -in"));
}

#[test]
fn a_public_part_of_another_key_is_refused() {
    let mut der = generated();
    let point = der.len() - 65;
    der[point..].copy_from_slice(&generated()[point..]);
    assert_eq!(
        refused(block("PRIVATE KEY", &der)),
        KeyError::Mismatch { needed: ES256 }
    );
}

#[test]
fn a_private_part_that_is_no_scalar_is_refused() {
    for byte in [0x00, 0xff] {
        let mut der = generated();
        der[36..68].fill(byte);
        let error = refused(block("PRIVATE KEY", &der));
        assert!(matches!(error, KeyError::Malformed { .. }), "{error:?}");
    }
}

#[test]
fn no_cut_or_lengthened_document_is_a_key() {
    let der = generated();
    for end in 0..der.len() {
        refused(block("PRIVATE KEY", &der[..end]));
    }
    let longer = [&der[..], &[0]].concat();
    let error = refused(block("PRIVATE KEY", &longer));
    assert_eq!(
        error,
        KeyError::Malformed {
            reason: "InvalidEncoding".to_owned(),
            needed: ES256
        }
    );
}

#[test]
fn a_key_shows_its_id_only_in_debug_output() {
    let key =
        SigningKey::from_pem(SigningKey::generate_pem(ES256).unwrap().as_bytes(), ES256).unwrap();
    let expected = format!("SigningKey {{ kid: {:?}, .. }}", key.kid());
    assert_eq!(format!("{key:?}"), expected);
}
