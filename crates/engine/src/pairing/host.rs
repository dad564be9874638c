//! The old device: shows a code, and lets in whoever proves to know it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use enginus_access::{DeviceCertificate, SignedStatement, Statement};
use enginus_model::ProjectId;
use enginus_net::{FrameStream, MAX_PAIRING_FRAME_BYTES, Peer, StreamKind};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until, timeout};
use zeroize::Zeroizing;

use super::code::PairingCode;
use super::gift::{Gift, GiftProject, PersonSeed};
use super::handshake::{Handshake, NONCE_BYTES, Side, Transcript};
use super::talk::{hear, say};
use super::{CODE_SECONDS, CONVERSATION, EARLY_FRAME_BYTES_MAX, PairError, WRONG_MAX};
use crate::api::{DeviceInfo, Failure, FailureKind, Update};
use crate::engine::{blocking, lock};
use crate::home::Profile;
use crate::identity::Identity;
use crate::network::Network;
use crate::project::Waiting;
use crate::running::Reporter;
use crate::{Engine, ambient};

/// Devices talked with at the same time; one that says nothing holds nobody up.
const TALKS_MAX: usize = 4;
/// How long the new device may take to come for its projects.
const COMING_BACK: Duration = Duration::from_secs(20);

struct Host {
    engine: Engine,
    identity: Identity,
    profile: Profile,
    secret: Zeroizing<[u8; 32]>,
    network: Arc<Network>,
    addresses: Vec<String>,
    wrong: AtomicU32,
    used: AtomicBool,
}

/// Lets one new device in.
pub(crate) async fn add(engine: &Engine, reporter: &Reporter) -> Result<DeviceInfo, Failure> {
    let (identity, profile) = engine.with_home(|home| home.required_identity().cloned()).await?;
    let network = engine.network().await?;
    let mut pairings = network.pairings();
    let addresses = network.addresses();
    let expires = ambient::now().plus_seconds(CODE_SECONDS);
    let code = PairingCode::new(identity.device.device_id(), addresses.clone(), expires);
    reporter.say(Update::DeviceCode { code: code.to_text(), expires }).await;
    let host = Arc::new(Host {
        engine: engine.clone(),
        identity,
        profile,
        secret: Zeroizing::new(code.secret),
        network: network.clone(),
        addresses,
        wrong: AtomicU32::new(0),
        used: AtomicBool::new(false),
    });
    let deadline = Instant::now() + Duration::from_secs(CODE_SECONDS.unsigned_abs());
    let mut talks: JoinSet<Result<SignedStatement, PairError>> = JoinSet::new();
    let certificate = loop {
        tokio::select! {
            () = reporter.token().cancelled() => {
                return Err(Failure::new(FailureKind::Cancelled, "stopped as asked; the code is of no use any more"));
            }
            () = sleep_until(deadline) => {
                return Err(Failure::new(FailureKind::Unreachable, "nobody came with the code within ten minutes")
                    .hint("make a new one when both devices are at hand"));
            }
            peer = pairings.next() => match peer {
                Some(peer) if talks.len() < TALKS_MAX => {
                    talks.spawn(host.clone().let_in(peer));
                }
                Some(peer) => peer.close("too many devices at once"),
                None => return Err(Failure::new(FailureKind::Conflict, "another code was made; this one is of no use any more")),
            },
            Some(ended) = talks.join_next() => {
                if let Some(certificate) = host.ended(ended.unwrap_or(Err(PairError::TooSlow)))? {
                    break certificate;
                }
            }
        }
    };
    drop(pairings);
    engine.refresh().await?;
    let device = crate::commands::device_of(engine, &certificate).await?;
    let projects: Vec<ProjectId> = device.projects.iter().map(|(id, _)| *id).collect();
    tokio::select! {
        () = reporter.token().cancelled() => {}
        () = network.settle_with(device.device, &projects, COMING_BACK) => {}
    }
    Ok(device)
}

impl Host {
    /// What the end of one conversation means for the code.
    fn ended(&self, ended: Result<SignedStatement, PairError>) -> Result<Option<SignedStatement>, Failure> {
        match ended {
            Ok(certificate) => Ok(Some(certificate)),
            Err(PairError::WrongProof) if self.wrong.load(Ordering::SeqCst) >= WRONG_MAX => {
                Err(Failure::new(FailureKind::NotAllowed, "three devices came with a wrong code; this one is burnt")
                    .hint("make a new code, and give it to nobody but your own device"))
            }
            // Whoever proved to know the secret did not come to the end: nobody else may take their place.
            Err(error)
                if self.used.load(Ordering::SeqCst) && !matches!(error, PairError::WrongProof | PairError::Used) =>
            {
                Err(error.into())
            }
            Err(error) => {
                tracing::info!("a device was not let in: {error}");
                Ok(None)
            }
        }
    }

    async fn let_in(self: Arc<Self>, peer: Peer) -> Result<SignedStatement, PairError> {
        let ended = timeout(CONVERSATION, self.talk(&peer)).await.unwrap_or(Err(PairError::TooSlow));
        if let Err(error) = &ended {
            peer.close(&error.to_string());
        }
        ended
    }

    async fn talk(&self, peer: &Peer) -> Result<SignedStatement, PairError> {
        let (kind, mut stream) = peer.accept_stream().await?;
        if kind != StreamKind::Pairing {
            return Err(PairError::Protocol("another kind of stream"));
        }
        let handshake = self.prove(peer, &mut stream).await?;
        let person = self.identity.person.public();
        let named = postcard::to_allocvec(&person).unwrap_or_default();
        say(&mut stream, &[handshake.proof().as_slice(), &handshake.seal("person", &named)].concat()).await?;
        let asked = hear(&mut stream, EARLY_FRAME_BYTES_MAX * 8).await?;
        let asked = handshake.open("certificate", &asked)?;
        let certificate: DeviceCertificate =
            postcard::from_bytes(&asked).map_err(|_| PairError::Protocol("an unreadable certificate"))?;
        let signed = self.certify(certificate, peer)?;
        let projects = self.publish(&signed).await?;
        let mut gift = Gift {
            person: PersonSeed(*self.identity.person.seed()),
            name: self.profile.name.clone(),
            organisation: self.profile.organisation.clone(),
            email: self.profile.email.clone(),
            certificate: signed.bytes().to_vec(),
            projects,
        };
        say(&mut stream, &handshake.seal("gift", &gift.encode())).await?;
        let kept = hear(&mut stream, EARLY_FRAME_BYTES_MAX).await?;
        handshake.open("kept", &kept)?;
        Ok(signed)
    }

    /// Nonces and the new device's proof. Only the first device that proves to know the secret goes on.
    async fn prove(&self, peer: &Peer, stream: &mut FrameStream) -> Result<Handshake, PairError> {
        let new_nonce: [u8; NONCE_BYTES] = hear(stream, EARLY_FRAME_BYTES_MAX)
            .await?
            .try_into()
            .map_err(|_| PairError::Protocol("a nonce of another length"))?;
        let old_nonce: [u8; NONCE_BYTES] = ambient::random();
        say(stream, &old_nonce).await?;
        let transcript = Transcript { old: self.identity.device.device_id(), new: peer.device(), old_nonce, new_nonce };
        let handshake = Handshake::new(Side::Old, &self.secret, &transcript);
        let proof = hear(stream, EARLY_FRAME_BYTES_MAX).await?;
        if self.wrong.load(Ordering::SeqCst) >= WRONG_MAX {
            return Err(PairError::WrongProof);
        }
        if let Err(error) = handshake.check(&proof) {
            self.wrong.fetch_add(1, Ordering::SeqCst);
            return Err(error.into());
        }
        if self.used.swap(true, Ordering::SeqCst) {
            return Err(PairError::Used);
        }
        Ok(handshake)
    }

    /// Signs the certificate of exactly the device at the other end, which must have agreed to belong to this person.
    fn certify(&self, certificate: DeviceCertificate, peer: &Peer) -> Result<SignedStatement, PairError> {
        if certificate.device_id() != peer.device() || certificate.person != self.identity.person.public() {
            return Err(PairError::Protocol("a certificate of another device or person"));
        }
        let signed = Statement::Device(certificate).sign(&self.identity.person);
        signed
            .and_then(|signed| SignedStatement::decode(signed.bytes()))
            .map_err(|_| PairError::Protocol("a certificate that the device did not sign"))
    }

    /// Makes the device known in every project and seals the keys to it. Answers where the projects are found.
    async fn publish(&self, certificate: &SignedStatement) -> Result<Vec<GiftProject>, PairError> {
        let mut given = Vec::new();
        for project in self.engine.projects() {
            let (certificate, device, addresses) =
                (certificate.clone(), self.identity.device.device_id(), self.addresses.clone());
            let network = self.network.clone();
            let made = blocking(move || {
                let mut project = lock(&project);
                if !project.is_member() {
                    return Ok(None);
                }
                project.admit_device(&certificate)?;
                let mut devices = vec![(device, addresses)];
                devices.extend(network.reachable(&project)?);
                let waiting = Waiting {
                    name: project.summary().name,
                    buckets: project.bucket_urls(),
                    relays: Vec::new(),
                    devices,
                };
                Ok(Some(GiftProject::new(project.genesis(), waiting)))
            })
            .await?;
            given.extend(made);
        }
        Ok(given)
    }
}

/// A frame that carries the gift is the longest there is.
const _: () = assert!(EARLY_FRAME_BYTES_MAX * 8 < MAX_PAIRING_FRAME_BYTES);
