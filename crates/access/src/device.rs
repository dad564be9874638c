//! A person says "this device is mine", and the device says it too.

use enginus_envelope::{Keypair, PublicKey, Signature, verify};
use enginus_model::{DeviceId, Instant, PersonId};
use serde::{Deserialize, Serialize};

use crate::wire;

/// Bytes of a device's name.
pub const MAX_DEVICE_NAME_BYTES: usize = 128;

/// What the device signs, apart from every other kind of signature.
const CONSENT_CONTEXT: &str = "enginus 1 device consents to its person";

/// The certificate that makes a device speak for a person. It belongs to no project: one device serves all of theirs.
///
/// The device signs too, so that nobody can certify a colleague's device as their own and take over its work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceCertificate {
    /// The person, whose key signs the statement.
    pub person: PublicKey,
    /// The device.
    pub device: PublicKey,
    /// What the person calls it.
    pub name: String,
    /// When the person says it was made.
    pub at: Instant,
    /// The device's own signature over all of the above.
    pub consent: Signature,
}

impl DeviceCertificate {
    /// The device's half of the certificate; the person signs it as a statement.
    ///
    /// The name is cut at [`MAX_DEVICE_NAME_BYTES`].
    #[must_use]
    pub fn new(person: PublicKey, device: &Keypair, name: &str, at: Instant) -> Self {
        let name = shortened(name, MAX_DEVICE_NAME_BYTES).to_owned();
        let consent = device.sign(CONSENT_CONTEXT, &consent_message(&person, &device.public(), &name, at));
        Self { person, device: device.public(), name, at, consent }
    }

    /// Whose device it is.
    #[must_use]
    pub fn person_id(&self) -> PersonId {
        self.person.person_id()
    }

    /// Which device it is.
    #[must_use]
    pub fn device_id(&self) -> DeviceId {
        self.device.device_id()
    }

    /// Whether the device agreed, and the name is within its limit.
    pub(crate) fn is_consented(&self) -> bool {
        self.name.len() <= MAX_DEVICE_NAME_BYTES
            && verify(
                &self.device.sign,
                CONSENT_CONTEXT,
                &consent_message(&self.person, &self.device, &self.name, self.at),
                &self.consent,
            )
            .is_ok()
    }
}

fn consent_message(person: &PublicKey, device: &PublicKey, name: &str, at: Instant) -> Vec<u8> {
    wire::encode(&(person, device, name, at))
}

/// The longest prefix of `text` within `limit` bytes that ends between characters.
pub(crate) fn shortened(text: &str, limit: usize) -> &str {
    let mut end = text.len().min(limit);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::keypair;

    #[test]
    fn a_device_must_agree() {
        let (person, device, other) = (keypair(1), keypair(2), keypair(3));
        let certificate = DeviceCertificate::new(person.public(), &device, "site laptop", Instant(1));
        assert!(certificate.is_consented());
        let stolen = DeviceCertificate { person: other.public(), ..certificate.clone() };
        assert!(!stolen.is_consented());
        let swapped = DeviceCertificate { device: other.public(), ..certificate.clone() };
        assert!(!swapped.is_consented());
        let renamed = DeviceCertificate { name: "another".to_owned(), ..certificate };
        assert!(!renamed.is_consented());
    }

    #[test]
    fn long_names_are_cut_between_characters() {
        let name = "ş".repeat(MAX_DEVICE_NAME_BYTES);
        let certificate = DeviceCertificate::new(keypair(1).public(), &keypair(2), &name, Instant(1));
        assert_eq!(certificate.name.len(), MAX_DEVICE_NAME_BYTES);
        assert!(certificate.is_consented());
    }
}
