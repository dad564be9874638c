//! Statements as they are signed, stored and sent.

use enginus_envelope::{Keypair, Signature, verify};
use enginus_model::{Hash, ProjectId};
use serde::{Deserialize, Serialize};

use crate::capability::Capability;
use crate::device::DeviceCertificate;
use crate::revocation::{Endorsement, Revocation};
use crate::wire::{self, FormatError};

/// Bytes one signed statement may have.
pub const MAX_STATEMENT_BYTES: usize = 512 * 1024;

/// What a statement's signer signs, apart from envelopes, epoch records and every other kind of signature.
const STATEMENT_CONTEXT: &str = "enginus 1 access statement";

/// One thing said about access.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Statement {
    /// Access given.
    Grant(Capability),
    /// A device that speaks for a person.
    Device(DeviceCertificate),
    /// Access or a device taken back.
    Revoke(Revocation),
    /// Held-back envelopes accepted after all.
    Endorse(Endorsement),
}

/// Why bytes are not a signed statement.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StatementError {
    /// Not the bytes of one.
    #[error("this is not a readable access statement: {0}")]
    Format(#[from] FormatError),
    /// The signature does not belong to the one it speaks for.
    #[error(
        "the signature does not belong to the person it claims to come from; it was altered or forged and is ignored"
    )]
    BadSignature,
    /// A certificate without the device's own signature.
    #[error("the device itself did not sign this certificate; it was altered or forged and is ignored")]
    NoConsent,
    /// The key at hand is not the one the statement speaks for.
    #[error("this key cannot sign a statement that names another issuer")]
    NotTheIssuer,
    /// Something in it exceeds a limit or contradicts itself.
    #[error("the statement exceeds a limit or contradicts itself; nothing was signed")]
    Malformed,
}

impl Statement {
    /// The signing key it speaks for.
    #[must_use]
    pub const fn signer(&self) -> &[u8; 32] {
        match self {
            Self::Grant(capability) => &capability.issuer,
            Self::Device(certificate) => &certificate.person.sign,
            Self::Revoke(revocation) => &revocation.issuer,
            Self::Endorse(endorsement) => &endorsement.issuer,
        }
    }

    /// The project it speaks of; a device certificate speaks of none.
    #[must_use]
    pub const fn project(&self) -> Option<&ProjectId> {
        match self {
            Self::Grant(capability) => Some(&capability.project),
            Self::Device(_) => None,
            Self::Revoke(revocation) => Some(&revocation.project),
            Self::Endorse(endorsement) => Some(&endorsement.project),
        }
    }

    /// Whether it keeps to the limits.
    pub(crate) fn is_well_formed(&self) -> bool {
        match self {
            Self::Grant(capability) => capability.is_well_formed(),
            Self::Device(_) => true,
            Self::Revoke(revocation) => revocation.is_well_formed(),
            Self::Endorse(endorsement) => endorsement.is_well_formed(),
        }
    }

    /// Signs it.
    ///
    /// # Errors
    /// [`StatementError::NotTheIssuer`] when `key` is not the one it speaks for, [`StatementError::Malformed`] and
    /// [`StatementError::Format`] when it exceeds a limit.
    pub fn sign(self, key: &Keypair) -> Result<SignedStatement, StatementError> {
        if key.public().sign != *self.signer() {
            return Err(StatementError::NotTheIssuer);
        }
        if !self.is_well_formed() {
            return Err(StatementError::Malformed);
        }
        let signed = self.sign_unchecked(key);
        let size = signed.bytes.len();
        if size > MAX_STATEMENT_BYTES {
            return Err(FormatError::TooLarge { size, limit: MAX_STATEMENT_BYTES }.into());
        }
        Ok(signed)
    }

    /// Signs whatever it says: what somebody with their own program can do.
    pub(crate) fn sign_unchecked(self, key: &Keypair) -> SignedStatement {
        let message = wire::encode(&self);
        let signature = key.sign(STATEMENT_CONTEXT, &message);
        let bytes = wire::encode(&Signed { message, signature });
        SignedStatement { hash: Hash::of(&bytes), bytes, statement: self }
    }
}

#[derive(Serialize, Deserialize)]
struct Signed {
    message: Vec<u8>,
    signature: Signature,
}

/// A statement whose signature was checked: there is no way to hold one otherwise, so evaluation never checks again.
///
/// ```
/// # use enginus_access::{DeviceCertificate, SignedStatement, Statement};
/// # use enginus_envelope::Keypair;
/// # use enginus_model::Instant;
/// let (person, device) = (Keypair::from_seed(&[1; 32]), Keypair::from_seed(&[2; 32]));
/// let certificate = DeviceCertificate::new(person.public(), &device, "site laptop", Instant(0));
/// let signed = Statement::Device(certificate).sign(&person)?;
/// assert_eq!(SignedStatement::decode(signed.bytes())?.hash(), signed.hash());
/// # Ok::<(), enginus_access::StatementError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedStatement {
    statement: Statement,
    bytes: Vec<u8>,
    hash: Hash,
}

impl SignedStatement {
    /// Reads and checks bytes from anywhere.
    ///
    /// # Errors
    /// [`StatementError`]; the bytes are of no use.
    pub fn decode(bytes: &[u8]) -> Result<Self, StatementError> {
        let (signed, statement) = parse(bytes)?;
        verify(statement.signer(), STATEMENT_CONTEXT, &signed.message, &signed.signature)
            .map_err(|_| StatementError::BadSignature)?;
        if let Statement::Device(certificate) = &statement
            && !certificate.is_consented()
        {
            return Err(StatementError::NoConsent);
        }
        Ok(Self { hash: Hash::of(bytes), bytes: bytes.to_vec(), statement })
    }

    /// Reads bytes that this device itself checked with [`SignedStatement::decode`] before it stored them: a signature is
    /// checked once, at receipt. Never for bytes from elsewhere.
    ///
    /// # Errors
    /// [`StatementError::Format`] when they are damaged.
    pub fn decode_stored(bytes: &[u8]) -> Result<Self, StatementError> {
        let (_, statement) = parse(bytes)?;
        Ok(Self { hash: Hash::of(bytes), bytes: bytes.to_vec(), statement })
    }

    /// What it says.
    #[must_use]
    pub const fn statement(&self) -> &Statement {
        &self.statement
    }
    /// Its bytes, as stored and sent.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
    /// The BLAKE3 hash of its bytes, by which others refer to it.
    #[must_use]
    pub const fn hash(&self) -> Hash {
        self.hash
    }
    /// The signing key it speaks for.
    #[must_use]
    pub const fn signer(&self) -> &[u8; 32] {
        self.statement.signer()
    }
    /// The capability, if it is a grant.
    #[must_use]
    pub const fn grant(&self) -> Option<&Capability> {
        match &self.statement {
            Statement::Grant(capability) => Some(capability),
            _ => None,
        }
    }
}

fn parse(bytes: &[u8]) -> Result<(Signed, Statement), FormatError> {
    let signed: Signed = wire::decode(bytes, MAX_STATEMENT_BYTES)?;
    let statement: Statement = wire::decode(&signed.message, MAX_STATEMENT_BYTES)?;
    Ok((signed, statement))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::revocation::Target;
    use crate::testing::keypair;
    use enginus_model::{Instant, PersonId};
    use proptest::prelude::*;

    fn revocation(issuer: &Keypair) -> Statement {
        Statement::Revoke(Revocation {
            project: ProjectId([1; 32]),
            target: Target::Person(PersonId([2; 32])),
            cutoffs: Vec::new(),
            keeps: Vec::new(),
            reason: "left the project".to_owned(),
            issuer: issuer.public().sign,
            acting: Hash([3; 32]),
            nonce: [4; 16],
            at: Instant(5),
        })
    }

    #[test]
    fn what_is_signed_is_read_back() {
        let key = keypair(1);
        let signed = revocation(&key).sign(&key).unwrap();
        assert_eq!(SignedStatement::decode(signed.bytes()), Ok(signed.clone()));
        assert_eq!(SignedStatement::decode_stored(signed.bytes()), Ok(signed));
        assert_eq!(revocation(&key).sign(&keypair(2)), Err(StatementError::NotTheIssuer));
    }

    #[test]
    fn a_signature_by_another_key_or_for_another_purpose_is_refused() {
        let (key, other) = (keypair(1), keypair(2));
        let message = wire::encode(&revocation(&key));
        for signature in [other.sign(STATEMENT_CONTEXT, &message), key.sign("enginus 1 envelope header", &message)] {
            let bytes = wire::encode(&Signed { message: message.clone(), signature });
            assert_eq!(SignedStatement::decode(&bytes), Err(StatementError::BadSignature));
        }
    }

    #[test]
    fn a_certificate_for_a_device_that_did_not_agree_is_refused() {
        let (thief, device) = (keypair(1), keypair(2));
        let mut certificate = DeviceCertificate::new(keypair(3).public(), &device, "laptop", Instant(1));
        certificate.person = thief.public();
        let message = wire::encode(&Statement::Device(certificate));
        let signature = thief.sign(STATEMENT_CONTEXT, &message);
        let bytes = wire::encode(&Signed { message, signature });
        assert_eq!(SignedStatement::decode(&bytes), Err(StatementError::NoConsent));
    }

    #[test]
    fn every_altered_byte_and_every_cut_is_refused() {
        let key = keypair(1);
        let bytes = revocation(&key).sign(&key).unwrap().bytes().to_vec();
        for at in 0..bytes.len() {
            let mut altered = bytes.clone();
            altered[at] ^= 0x20;
            assert!(SignedStatement::decode(&altered).is_err(), "byte {at}");
            assert!(SignedStatement::decode(&bytes[..at]).is_err(), "cut at {at}");
        }
    }

    #[test]
    fn limits_hold() {
        let key = keypair(1);
        let Statement::Revoke(mut huge) = revocation(&key) else { unreachable!() };
        huge.reason = "x".repeat(2000);
        assert_eq!(Statement::Revoke(huge).sign(&key), Err(StatementError::Malformed));
        let oversized = vec![1; MAX_STATEMENT_BYTES + 1];
        assert!(matches!(
            SignedStatement::decode(&oversized),
            Err(StatementError::Format(FormatError::TooLarge { .. }))
        ));
    }

    proptest! {
        #[test]
        fn junk_is_refused_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..400), versioned in any::<bool>()) {
            let mut bytes = bytes;
            if versioned && !bytes.is_empty() {
                bytes[0] = wire::VERSION;
            }
            prop_assert!(SignedStatement::decode(&bytes).is_err());
        }
    }
}
