//! From a PEM file to PKCS#8, with an error that names the fix for everything else.

use zeroize::Zeroizing;

use super::algorithm::Algorithm;
use super::error::KeyError;

const BEGIN: &str = "-----BEGIN ";
const END: &str = "-----END ";

/// The one PKCS#8 document of a PEM file (RFC 7468, section 10) with a key for this algorithm.
pub(super) fn pkcs8(file: &[u8], needed: Algorithm) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let text = std::str::from_utf8(file)
        .map_err(|_| KeyError::NotPem)?
        .trim();
    let labels: Vec<&str> = text.lines().filter_map(label).collect();
    // `openssl ecparam -genkey` puts the curve's parameters before such a key, and the way out
    // is the same.
    if labels.contains(&"EC PRIVATE KEY") {
        let found = "an EC key in SEC1";
        return Err(if needed == Algorithm::Es256 {
            KeyError::Sec1
        } else {
            KeyError::WrongType { found, needed }
        });
    }
    match labels.as_slice() {
        [] => return Err(KeyError::NotPem),
        ["PRIVATE KEY"] => {}
        ["RSA PRIVATE KEY"] if needed == Algorithm::Rs256 => return Err(KeyError::Pkcs1),
        ["RSA PRIVATE KEY"] => {
            let found = "an RSA key in PKCS#1";
            return Err(KeyError::WrongType { found, needed });
        }
        ["ENCRYPTED PRIVATE KEY"] => return Err(KeyError::Encrypted),
        [other] => {
            let label = other.to_ascii_lowercase();
            return Err(KeyError::NotPrivate { label, needed });
        }
        several => return Err(KeyError::Several(several.len())),
    }
    if !text.starts_with("-----BEGIN PRIVATE KEY-----")
        || text.find(END).and_then(|at| text.get(at..)) != Some("-----END PRIVATE KEY-----")
    {
        return Err(KeyError::TrailingText);
    }
    let block = pem::parse(text).map_err(|_| KeyError::NotPem)?;
    if block.headers().iter().next().is_some() {
        return Err(KeyError::NotPem);
    }
    Ok(Zeroizing::new(block.into_contents()))
}

/// A PKCS#8 document as a PEM file.
pub(super) fn encode(pkcs8: &[u8]) -> Zeroizing<String> {
    let config = pem::EncodeConfig::new().set_line_ending(pem::LineEnding::LF);
    Zeroizing::new(pem::encode_config(
        &pem::Pem::new("PRIVATE KEY", pkcs8),
        config,
    ))
}

fn label(line: &str) -> Option<&str> {
    let (_, after) = line.split_once(BEGIN)?;
    Some(after.split_once("-----").map_or(after, |(label, _)| label))
}
