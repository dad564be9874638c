//! The new device: takes a code, proves to know it, and becomes a device of the person.

use std::net::SocketAddr;
use std::time::Duration;

use enginus_access::{DeviceCertificate, SignedStatement};
use enginus_envelope::{Keypair, PublicKey};
use enginus_model::ProjectId;
use enginus_net::{FrameStream, MAX_PAIRING_FRAME_BYTES, Node, NodeConfig, Peer, StreamKind};
use tokio::time::timeout;

use super::code::{CodeError, PairingCode};
use super::gift::Gift;
use super::handshake::{Handshake, NONCE_BYTES, Side, Transcript};
use super::talk::{hear, say};
use super::{CONVERSATION, EARLY_FRAME_BYTES_MAX, PairError};
use crate::api::{Failure, FailureKind, Secret};
use crate::engine::place;
use crate::home::{Profile, choose_port};
use crate::identity::Identity;
use crate::project::{Credentials, Project};
use crate::running::Reporter;
use crate::{Engine, ambient};

/// How long the old device is looked for.
const REACHING: Duration = Duration::from_secs(15);
/// The same with a code whose time is over by this device's clock, which may be wrong.
const REACHING_LATE: Duration = Duration::from_secs(3);

/// Becomes a further device of the person whose other device shows `code`. Answers the projects that are on their way.
pub(crate) async fn join(
    engine: &Engine,
    code: &Secret,
    device_name: Option<String>,
    reporter: &Reporter,
) -> Result<Vec<ProjectId>, Failure> {
    engine.with_home(|home| home.required_empty()).await?;
    let code = PairingCode::parse(code)?;
    let device = Keypair::generate(&mut ambient::rng());
    let port = choose_port().map_err(|error| {
        Failure::new(FailureKind::Storage, format!("no UDP port can be opened on this machine: {error}"))
    })?;
    let options = engine.inner().options.network;
    let config = NodeConfig { seed: *device.seed(), port, bind: options.bind, mdns: options.mdns };
    let node = Node::bind(config).await.map_err(|error| {
        Failure::new(FailureKind::Unreachable, error.to_string()).hint("check the network, then make a new code")
    })?;
    let guest = Guest { engine, code: &code, device, device_name, port };
    let joined = tokio::select! {
        () = reporter.token().cancelled() => Err(Failure::new(FailureKind::Cancelled, "stopped as asked")),
        joined = guest.come_in(&node) => joined.map_err(|error| guest.explain(error)),
    };
    // Before this device listens as itself: the port is the same.
    node.close().await;
    joined
}

struct Guest<'a> {
    engine: &'a Engine,
    code: &'a PairingCode,
    device: Keypair,
    device_name: Option<String>,
    port: u16,
}

impl Guest<'_> {
    async fn come_in(&self, node: &Node) -> Result<Vec<ProjectId>, PairError> {
        let addresses: Vec<SocketAddr> = self.code.addresses.iter().filter_map(|text| text.parse().ok()).collect();
        let peer = node
            .dialler()
            .connect_to_pair(self.code.device, &addresses, if self.is_late() { REACHING_LATE } else { REACHING })
            .await
            .map_err(|error| PairError::Lost(error.to_string()))?;
        let talked = timeout(CONVERSATION, self.talk(&peer)).await.unwrap_or(Err(PairError::TooSlow));
        peer.close("done");
        talked
    }

    async fn talk(&self, peer: &Peer) -> Result<Vec<ProjectId>, PairError> {
        let mut stream = peer.open(StreamKind::Pairing).await?;
        let handshake = self.greet(peer, &mut stream).await?;
        say(&mut stream, &handshake.proof()).await?;
        let answer = hear(&mut stream, EARLY_FRAME_BYTES_MAX * 2).await?;
        let (proof, named) = answer.split_first_chunk::<32>().ok_or(PairError::WrongProof)?;
        handshake.check(proof)?;
        let person: PublicKey = postcard::from_bytes(&handshake.open("person", named)?)
            .map_err(|_| PairError::Protocol("an unreadable person"))?;
        let name = self.name().await?;
        let consent = DeviceCertificate::new(person, &self.device, &name, ambient::now());
        let consent = postcard::to_allocvec(&consent).unwrap_or_default();
        say(&mut stream, &handshake.seal("certificate", &consent)).await?;
        let gift = hear(&mut stream, MAX_PAIRING_FRAME_BYTES).await?;
        let gift = handshake.open("gift", &gift)?;
        let (gift, identity, certificate) = Gift::decode(&gift, &person, &self.device)?;
        let projects = self.settle_in(gift, identity, certificate).await?;
        say(&mut stream, &handshake.seal("kept", &[])).await?;
        // The last word has arrived when the other side has nothing more to say.
        let _ = hear(&mut stream, EARLY_FRAME_BYTES_MAX).await;
        Ok(projects)
    }

    async fn greet(&self, peer: &Peer, stream: &mut FrameStream) -> Result<Handshake, PairError> {
        let new_nonce: [u8; NONCE_BYTES] = ambient::random();
        say(stream, &new_nonce).await?;
        let old_nonce: [u8; NONCE_BYTES] = hear(stream, EARLY_FRAME_BYTES_MAX)
            .await?
            .try_into()
            .map_err(|_| PairError::Protocol("a nonce of another length"))?;
        let transcript = Transcript { old: peer.device(), new: self.device.device_id(), old_nonce, new_nonce };
        Ok(Handshake::new(Side::New, &self.code.secret, &transcript))
    }

    fn is_late(&self) -> bool {
        self.code.expires < ambient::now()
    }

    async fn name(&self) -> Result<String, Failure> {
        match &self.device_name {
            Some(name) => Ok(name.clone()),
            None => self.engine.with_home(|home| Ok(home.device_name())).await,
        }
    }

    /// Writes the home: first whose it is, then what is on its way.
    async fn settle_in(
        &self,
        gift: Gift,
        identity: Identity,
        certificate: SignedStatement,
    ) -> Result<Vec<ProjectId>, Failure> {
        let profile = Profile {
            name: gift.name.clone(),
            organisation: gift.organisation.clone(),
            email: gift.email.clone(),
            port: self.port,
        };
        let name = self.device_name.clone();
        let expected = self
            .engine
            .with_home(move |home| {
                home.name_device(name);
                home.adopt(identity.clone(), profile)?;
                let mut expected = Vec::new();
                for project in &gift.projects {
                    let Some(genesis) = project.genesis() else { continue };
                    let id = genesis.project_id();
                    let credentials = Credentials::of_member(&certificate);
                    let place = place(home, id, identity.clone())?;
                    expected.push((id, Project::expect(place, &genesis, &project.waiting, &credentials)?));
                }
                Ok(expected)
            })
            .await?;
        let mut ids = Vec::new();
        for (id, project) in expected {
            self.engine.insert_project(id, project);
            ids.push(id);
        }
        Ok(ids)
    }

    /// A code whose time is over explains why nobody answers.
    fn explain(&self, error: PairError) -> Failure {
        let gone = matches!(error, PairError::Lost(_) | PairError::TooSlow);
        if gone && self.is_late() {
            return Failure::new(FailureKind::BadInput, "the device code has expired, as this device's clock says")
                .hint("make a new code with `enginus device add` on the other device");
        }
        error.into()
    }
}

impl From<CodeError> for Failure {
    fn from(error: CodeError) -> Self {
        Self::new(FailureKind::BadInput, error.to_string()).hint("run `enginus device add` on the device you have")
    }
}
