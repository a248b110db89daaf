//! Making a token.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::MAX_TOKEN_LEN;
use super::algorithm::Typ;
use super::claims::Claims;
use super::error::{MintError, TokenError};
use super::keyring::Keyring;
use crate::id::{Recorded, TokenDigest};

/// A token just made. Nobody may use it before this is recorded.
pub struct Minted {
    /// The token, a bearer secret.
    pub token: String,
    /// What is recorded under its `jti`.
    pub recorded: Recorded,
}

impl fmt::Debug for Minted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Minted")
            .field("token", &"[redacted]")
            .field("recorded", &self.recorded)
            .finish()
    }
}

impl Keyring {
    /// Signs a token with the active key (RFC 7515, section 7.1).
    ///
    /// # Errors
    /// [`MintError::Refused`] for what no check would accept at any time: contradictory claims,
    /// a lifetime over [`MAX_LIFETIME`](super::MAX_LIFETIME), a token over [`MAX_TOKEN_LEN`].
    pub fn mint(&self, claims: &Claims, typ: Typ) -> Result<Minted, MintError> {
        claims.check_consistent()?;
        let payload = URL_SAFE_NO_PAD.encode(serde_json::to_vec(claims)?);
        let mut token = format!("{}.{payload}", self.active().verifying().header(typ));
        let digest = TokenDigest::of(&token);
        let signature = self.active().sign(&token)?;
        token.push('.');
        token.push_str(&signature);
        if token.len() > MAX_TOKEN_LEN {
            return Err(TokenError::TooLong.into());
        }
        Ok(Minted {
            token,
            recorded: digest.into(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::claims::tests::good;
    use super::super::{Algorithm, SigningKey};
    use super::*;

    fn keyring() -> Keyring {
        let pem = SigningKey::generate_pem(Algorithm::Es256).unwrap();
        let key = SigningKey::from_pem(pem.as_bytes(), Algorithm::Es256).unwrap();
        Keyring::new(key, Vec::new()).unwrap()
    }

    #[test]
    fn a_token_has_the_header_of_its_key_and_type() {
        let ring = keyring();
        for typ in Typ::ALL {
            let token = ring.mint(&good(), typ).unwrap().token;
            let header = URL_SAFE_NO_PAD.decode(token.split('.').next().unwrap());
            let expected = format!(
                r#"{{"alg":"ES256","kid":"{}","typ":"{typ}"}}"#,
                ring.active_kid()
            );
            assert_eq!(String::from_utf8(header.unwrap()).unwrap(), expected);
        }
    }

    #[test]
    fn the_digest_is_of_the_signed_part_so_a_second_signature_changes_nothing() {
        let ring = keyring();
        let claims = good();
        let [one, two] = [(); 2].map(|()| ring.mint(&claims, Typ::AtJwt).unwrap());
        assert_ne!(one.token, two.token);
        assert_eq!(one.recorded, two.recorded);
        let (signed, _) = one.token.rsplit_once('.').unwrap();
        assert_eq!(one.recorded, TokenDigest::of(signed).into());
    }

    #[test]
    fn claims_that_no_check_accepts_are_not_signed() {
        let mut claims = good();
        claims.exp = claims.iat;
        let refused = keyring().mint(&claims, Typ::AtJwt).unwrap_err();
        assert!(matches!(refused, MintError::Refused(TokenError::Lifetime)));
    }

    #[test]
    fn the_longest_token_is_made_and_no_longer_one() {
        let ring = keyring();
        let mut claims = good();
        claims.roles = vec!["r".to_owned()];
        let spare = MAX_TOKEN_LEN - ring.mint(&claims, Typ::AtJwt).unwrap().token.len();
        claims.roles = vec!["r".repeat(spare / 4 * 3)];
        assert!(ring.mint(&claims, Typ::AtJwt).is_ok());
        claims.roles = vec!["r".repeat(spare / 4 * 3 + 8)];
        let refused = ring.mint(&claims, Typ::AtJwt).unwrap_err();
        assert!(matches!(refused, MintError::Refused(TokenError::TooLong)));
    }

    #[test]
    fn a_minted_token_does_not_show_in_debug_output() {
        let minted = keyring().mint(&good(), Typ::AtJwt).unwrap();
        assert!(!format!("{minted:?}").contains(&minted.token[..20]));
    }
}
