//! A device's signed wish for one object: short-lived, for one relay, one project, one object, one method.
//!
//! The device signs it with its own key, so that the relay keeps nothing and no token can be stolen from it. Showing a token again
//! before it expires is allowed on purpose: it can only ever lead to the same object by the same method, and a device whose
//! connection broke asks again. Text form: hexadecimal of version byte, claims (postcard), signature (64 bytes).

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use enginus_envelope::{Keypair, Signature, verify};
use enginus_model::{DeviceId, Hash, Instant, ProjectId};
use serde::{Deserialize, Serialize};

/// The version written.
const VERSION: u8 = 1;
/// What the signature is for.
const CONTEXT: &str = "enginus relay presign";
/// The longest that a token may be valid.
pub const MAX_TOKEN_LIFE: Duration = Duration::from_secs(600);
/// How far a device's clock may be ahead of the relay's.
const CLOCK_SLACK: Duration = Duration::from_secs(60);
/// The longest text that is looked at.
const MAX_TEXT: usize = 1024;

/// What may be done to the object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Method {
    /// Read it.
    #[serde(rename = "GET")]
    Get,
    /// Write it where nothing stands under its name.
    #[serde(rename = "PUT")]
    Put,
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Get => "GET",
            Self::Put => "PUT",
        })
    }
}

/// One object and what to do with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Scope {
    /// Of which project.
    pub project: ProjectId,
    /// The object's name: the BLAKE3 of its sealed bytes.
    pub object: Hash,
    /// What to do.
    pub method: Method,
}

/// What a device states and signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// Who asks.
    pub device: DeviceId,
    /// The relay that is asked, by its public key.
    pub relay: [u8; 32],
    /// For what.
    pub scope: Scope,
    /// Until when.
    pub expires: Instant,
}

/// Claims with their device's signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    claims: Claims,
    signature: Signature,
}

/// Why a token is not honoured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadToken {
    /// It is none.
    #[error("the token is damaged; make a new one")]
    Malformed,
    /// Made by a version this one does not know.
    #[error("the token is in format {found}, which this relay does not know; update the relay")]
    NewerVersion {
        /// The version that was found.
        found: u8,
    },
    /// Altered, or signed by another device than it names.
    #[error("the token is not signed by the device that it names")]
    BadSignature,
    /// It is for another relay.
    #[error("the token is for another relay")]
    OtherRelay,
    /// It is for something else than was asked.
    #[error("the token is not for this object, project or method")]
    OtherScope,
    /// It is over.
    #[error("the token has expired; make a new one, and check the device's clock")]
    Expired,
    /// It is valid for too long.
    #[error("the token is valid for longer than 10 min; make a shorter one, and check the device's clock")]
    TooLong,
}

impl BadToken {
    /// One word for a program.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::NewerVersion { .. } => "newer_version",
            Self::BadSignature => "bad_signature",
            Self::OtherRelay => "other_relay",
            Self::OtherScope => "other_scope",
            Self::Expired => "expired",
            Self::TooLong => "too_long",
        }
    }
}

impl Token {
    /// Signs a wish.
    #[must_use]
    pub fn sign(device: &Keypair, relay: [u8; 32], scope: Scope, expires: Instant) -> Self {
        let claims = Claims { device: device.device_id(), relay, scope, expires };
        Self { signature: device.sign(CONTEXT, &signed(&claims)), claims }
    }

    /// Who asks, where the token holds for `scope` at this relay now. Whether that device may have what it asks for is another
    /// question.
    ///
    /// # Errors
    /// [`BadToken`]; the signature is checked first, so that nothing is said of claims that nobody made.
    pub fn check(&self, relay: &[u8; 32], scope: &Scope, now: Instant) -> Result<DeviceId, BadToken> {
        let claims = &self.claims;
        verify(&claims.device.0, CONTEXT, &signed(claims), &self.signature).map_err(|_| BadToken::BadSignature)?;
        if claims.relay != *relay {
            return Err(BadToken::OtherRelay);
        }
        if claims.scope != *scope {
            return Err(BadToken::OtherScope);
        }
        if claims.expires <= now {
            return Err(BadToken::Expired);
        }
        let longest = (MAX_TOKEN_LIFE + CLOCK_SLACK).as_secs().try_into().unwrap_or(i64::MAX);
        if claims.expires > now.plus_seconds(longest) {
            return Err(BadToken::TooLong);
        }
        Ok(claims.device)
    }
}

/// The version stands among what is signed, so that a later one cannot be taken for this one.
fn signed(claims: &Claims) -> Vec<u8> {
    // Plain data into memory: postcard has no way to fail here; nothing signed would verify as nothing else.
    let mut bytes = vec![VERSION];
    bytes.extend(postcard::to_allocvec(claims).unwrap_or_default());
    bytes
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", hex::encode(signed(&self.claims)), hex::encode(self.signature.0))
    }
}

impl FromStr for Token {
    type Err = BadToken;
    fn from_str(text: &str) -> Result<Self, BadToken> {
        if text.len() > MAX_TEXT {
            return Err(BadToken::Malformed);
        }
        let bytes = hex::decode(text).map_err(|_| BadToken::Malformed)?;
        let (&version, rest) = bytes.split_first().ok_or(BadToken::Malformed)?;
        if version != VERSION {
            return Err(BadToken::NewerVersion { found: version });
        }
        let (claims, signature) = rest.split_last_chunk::<64>().ok_or(BadToken::Malformed)?;
        let (claims, left) = postcard::take_from_bytes(claims).map_err(|_| BadToken::Malformed)?;
        if !left.is_empty() {
            return Err(BadToken::Malformed);
        }
        Ok(Self { claims, signature: Signature(*signature) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RELAY: [u8; 32] = [9; 32];
    const NOW: Instant = Instant(1_800_000_000_000);

    fn scope() -> Scope {
        Scope { project: ProjectId([1; 32]), object: Hash([2; 32]), method: Method::Get }
    }

    fn device() -> Keypair {
        Keypair::from_seed(&[3; 32])
    }

    fn token(expires: Instant) -> Token {
        Token::sign(&device(), RELAY, scope(), expires)
    }

    #[test]
    fn a_token_holds_for_its_scope_until_it_expires_as_often_as_it_is_shown() {
        let token: Token = token(NOW.plus_seconds(60)).to_string().parse().unwrap();
        for at in [NOW, NOW.plus_seconds(59), NOW.plus_seconds(59)] {
            assert_eq!(token.check(&RELAY, &scope(), at), Ok(device().device_id()));
        }
        assert_eq!(token.check(&RELAY, &scope(), NOW.plus_seconds(60)), Err(BadToken::Expired));
    }

    #[test]
    fn a_token_is_for_one_object_one_project_one_method_and_one_relay() {
        let token = token(NOW.plus_seconds(60));
        for other in [
            Scope { object: Hash([4; 32]), ..scope() },
            Scope { project: ProjectId([4; 32]), ..scope() },
            Scope { method: Method::Put, ..scope() },
        ] {
            assert_eq!(token.check(&RELAY, &other, NOW), Err(BadToken::OtherScope));
        }
        assert_eq!(token.check(&[8; 32], &scope(), NOW), Err(BadToken::OtherRelay));
    }

    #[test]
    fn a_token_in_another_devices_name_is_refused() {
        let other = Keypair::from_seed(&[5; 32]);
        let mut token = token(NOW.plus_seconds(60));
        token.claims.device = other.device_id();
        assert_eq!(token.check(&RELAY, &scope(), NOW), Err(BadToken::BadSignature));
    }

    #[test]
    fn a_token_that_holds_too_long_is_refused() {
        assert_eq!(token(NOW.plus_seconds(661)).check(&RELAY, &scope(), NOW), Err(BadToken::TooLong));
        assert!(token(NOW.plus_seconds(660)).check(&RELAY, &scope(), NOW).is_ok());
    }

    #[test]
    fn no_bit_of_a_token_can_be_altered() {
        let bytes = hex::decode(token(NOW.plus_seconds(60)).to_string()).unwrap();
        for at in 0..bytes.len() {
            let mut altered = bytes.clone();
            altered[at] ^= 1;
            let read = hex::encode(altered).parse::<Token>();
            assert!(read.and_then(|token| token.check(&RELAY, &scope(), NOW)).is_err(), "byte {at}");
        }
        for text in ["", "zz", "01", &"0".repeat(5000), &hex::encode(&bytes[..bytes.len() - 1])] {
            assert!(text.parse::<Token>().and_then(|t| t.check(&RELAY, &scope(), NOW)).is_err());
        }
        assert_eq!("02".parse::<Token>(), Err(BadToken::NewerVersion { found: 2 }));
    }
}
