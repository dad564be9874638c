//! Doing what a link says.

use enginus_sync::{Effect, Event};

use super::{LINK, Session};
use crate::ambient;
use crate::api::{Failure, FailureKind};
use crate::engine::{blocking, lock};
use crate::network::giving::Giving;
use crate::network::wire::Outgoing;
use crate::project::SealedSnapshot;

impl Session {
    pub(super) async fn carry_out(&mut self, effect: Effect) -> Result<(), Failure> {
        match effect {
            Effect::Send(frame) => {
                let mut bytes = Vec::with_capacity(frame.len() + 1);
                bytes.push(LINK);
                bytes.extend_from_slice(&frame);
                self.send(Outgoing::Frame(bytes)).await
            }
            Effect::MoreToSend => self.send(Outgoing::Mark).await,
            Effect::Take { envelopes } => self.take(envelopes).await,
            Effect::Credentials(statements) => {
                if self.admit_guest(statements).await? {
                    self.handle(Event::ScopeChanged).await?;
                }
                Ok(())
            }
            // What both hold is what `InSync` says; who holds what is not shown.
            Effect::PeerHolds(_) => Ok(()),
            Effect::InSync(in_sync) => {
                if in_sync {
                    self.remember().await?;
                    *lock(&self.giving) = Giving::default();
                    let project = self.project.clone();
                    blocking(move || {
                        lock(&project).end_previews();
                        Ok(())
                    })
                    .await?;
                    // Only now does the other side know for certain what this device may have: ask again for what it did not
                    // give before.
                    self.files_after = self.network.want_files(self.id);
                    self.tell_files(false).await;
                }
                self.state.update(|status| status.in_sync = in_sync);
                self.look_for_proofs();
                self.network.show_peer(self.id, self.device, in_sync);
                Ok(())
            }
            Effect::Snapshot { domain, offer, bytes } => self.preview(SealedSnapshot { domain, offer, bytes }).await,
            Effect::Close(reason) => Err(Failure::new(FailureKind::Unreachable, reason.to_string())),
        }
    }

    async fn send(&self, outgoing: Outgoing) -> Result<(), Failure> {
        self.outgoing
            .send(outgoing)
            .await
            .map_err(|_| Failure::new(FailureKind::Unreachable, "the connection was lost"))
    }

    async fn take(&mut self, envelopes: Vec<Vec<u8>>) -> Result<(), Failure> {
        let project = self.project.clone();
        let (received, joined) = blocking(move || {
            let mut project = lock(&project);
            let waited = !project.is_active();
            let received = project.receive(&envelopes)?;
            Ok((received, waited && project.is_active()))
        })
        .await?;
        if joined {
            crate::network::joining::introduce(&self.network.engine, &self.project).await?;
        }
        self.state.update(|status| status.traffic.received += received.new);
        self.network.project_changed();
        if received.new > 0 {
            self.files_after = self.network.want_files(self.id);
            self.tell_files(false).await;
        }
        if received.forged.is_empty() {
            return Ok(());
        }
        Box::pin(self.handle(Event::Refused { tips: received.forged })).await
    }

    /// Shows a folder from a snapshot until its envelopes are here. What cannot be used is passed over: the envelopes come anyway.
    async fn preview(&self, snapshot: SealedSnapshot) -> Result<(), Failure> {
        let project = self.project.clone();
        blocking(move || {
            let opener = lock(&project).snapshot_opener(&snapshot)?;
            if let Some(opened) = opener.and_then(|opener| opener.open(snapshot)) {
                lock(&project).take_preview(opened)?;
            }
            Ok(())
        })
        .await?;
        self.network.project_changed();
        Ok(())
    }

    /// Whether the device showed anything that this one did not know.
    async fn admit_guest(&self, statements: Vec<Vec<u8>>) -> Result<bool, Failure> {
        let (project, guest) = (self.project.clone(), self.guest.clone());
        blocking(move || {
            let project = lock(&project);
            let mut guest = lock(&guest);
            guest.show(project.authority(), &statements, ambient::now());
            Ok(guest.authority().is_some())
        })
        .await
    }

    /// Keeps where the other side can be reached, once it is known to be a member's.
    pub(super) async fn remember(&mut self) -> Result<(), Failure> {
        let Some(addresses) = self.addresses.take() else { return Ok(()) };
        let (network, project, device) = (self.network.clone(), self.project.clone(), self.device);
        self.addresses = blocking(move || {
            let kept = lock(&project).remember_peer(&network.met, device, &addresses)?;
            Ok((!kept).then_some(addresses))
        })
        .await?;
        Ok(())
    }
}
