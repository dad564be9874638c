//! What a new device is given: the person's key and name, and where each project is found.

use enginus_access::{Genesis, MAX_GENESIS_BYTES, SignedStatement, Statement};
use enginus_envelope::Keypair;
use enginus_net::MAX_PAIRING_FRAME_BYTES;
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, Zeroizing};

use super::PairError;
use crate::identity::Identity;
use crate::project::Waiting;

/// Projects that are given at most; the rest is recovered from a bucket or a ticket.
const PROJECTS_MAX: usize = 256;
/// Devices and addresses named for a project.
const DEVICES_MAX: usize = 8;
const ADDRESSES_MAX: usize = 8;
const BUCKETS_MAX: usize = 8;
const RELAYS_MAX: usize = 8;
/// Room that sealing and framing take.
const SEALING_BYTES: usize = 64;

/// The gift as it is sent.
#[derive(Serialize, Deserialize)]
pub(super) struct Gift {
    pub(super) person: PersonSeed,
    pub(super) name: String,
    pub(super) organisation: Option<String>,
    pub(super) email: Option<String>,
    /// The new device's certificate, signed by the person.
    pub(super) certificate: Vec<u8>,
    pub(super) projects: Vec<GiftProject>,
}

/// The person's secret; wiped when dropped.
#[derive(Serialize, Deserialize, Zeroize, zeroize::ZeroizeOnDrop)]
pub(super) struct PersonSeed(pub(super) [u8; 32]);

/// Where one project is found.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct GiftProject {
    pub(super) genesis: Vec<u8>,
    pub(super) waiting: Waiting,
}

impl GiftProject {
    /// Cuts what is named to what is useful.
    pub(super) fn new(genesis: &Genesis, mut waiting: Waiting) -> Self {
        waiting.devices.truncate(DEVICES_MAX);
        waiting.devices.iter_mut().for_each(|(_, addresses)| addresses.truncate(ADDRESSES_MAX));
        waiting.buckets.truncate(BUCKETS_MAX);
        waiting.relays.truncate(RELAYS_MAX);
        Self { genesis: genesis.encode(), waiting }
    }

    pub(super) fn genesis(&self) -> Option<Genesis> {
        if self.genesis.len() > MAX_GENESIS_BYTES {
            return None;
        }
        Genesis::decode(&self.genesis).ok()
    }
}

impl Gift {
    /// Its bytes, as many projects of it as fit.
    pub(super) fn encode(&mut self) -> Zeroizing<Vec<u8>> {
        self.projects.truncate(PROJECTS_MAX);
        loop {
            let bytes = Zeroizing::new(postcard::to_allocvec(&*self).unwrap_or_default());
            if bytes.len() + SEALING_BYTES <= MAX_PAIRING_FRAME_BYTES || self.projects.pop().is_none() {
                return bytes;
            }
        }
    }

    /// Reads it and holds it against what this device asked for: the person who proved to know the code, and a certificate of this
    /// very device.
    pub(super) fn decode(
        bytes: &[u8],
        promised: &enginus_envelope::PublicKey,
        device: &Keypair,
    ) -> Result<(Self, Identity, SignedStatement), PairError> {
        let gift: Self = postcard::from_bytes(bytes).map_err(|_| PairError::Protocol("an unreadable gift"))?;
        let identity = Identity { person: Keypair::from_seed(&gift.person.0), device: device.clone() };
        if identity.person.public() != *promised {
            return Err(PairError::Protocol("the key of another person"));
        }
        let certificate = SignedStatement::decode(&gift.certificate)
            .map_err(|_| PairError::Protocol("a certificate that does not hold"))?;
        let ours = match certificate.statement() {
            Statement::Device(made) => made.device == device.public() && made.person == *promised,
            _ => false,
        };
        if ours {
            Ok((gift, identity, certificate))
        } else {
            Err(PairError::Protocol("a certificate of another device"))
        }
    }
}
