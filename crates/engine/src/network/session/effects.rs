//! Doing what is left to do after an event: what goes over the stream, and what the rest of the program has to know.

use enginus_sync::Effect;

use super::{LINK, Session};
use crate::api::{Failure, FailureKind};
use crate::engine::blocking;
use crate::engine::lock;
use crate::network::exchange::Output;
use crate::network::wire::Outgoing;

impl Session {
    pub(super) async fn carry_out(&mut self, effect: Effect) -> Result<(), Failure> {
        let (output, event) = match effect {
            // Nothing of it concerns the project.
            Effect::Send(frame) => (Output::Send(frame), None),
            effect => {
                let project = self.project.clone();
                let done = self.with_exchange(move |exchange| exchange.carry_out(&project, effect)).await?;
                let Some(done) = done else { return Ok(()) };
                done
            }
        };
        self.conclude(output).await?;
        match event {
            Some(event) => Box::pin(self.handle(event)).await,
            None => Ok(()),
        }
    }

    async fn conclude(&mut self, output: Output) -> Result<(), Failure> {
        match output {
            Output::Send(frame) => {
                let mut bytes = Vec::with_capacity(frame.len() + 1);
                bytes.push(LINK);
                bytes.extend_from_slice(&frame);
                self.send(Outgoing::Frame(bytes)).await
            }
            Output::MoreToSend => self.send(Outgoing::Mark).await,
            Output::Taken { new, joined } => self.taken(new, joined).await,
            Output::InSync(in_sync) => {
                if in_sync {
                    self.remember().await?;
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
            Output::Shown => {
                self.network.project_changed();
                Ok(())
            }
            Output::Nothing => Ok(()),
            Output::Close(reason) => Err(Failure::new(FailureKind::Unreachable, reason.to_string())),
        }
    }

    pub(in crate::network) async fn send(&self, outgoing: Outgoing) -> Result<(), Failure> {
        self.outgoing
            .send(outgoing)
            .await
            .map_err(|_| Failure::new(FailureKind::Unreachable, "the connection was lost"))
    }

    async fn taken(&mut self, new: u64, joined: bool) -> Result<(), Failure> {
        if joined {
            crate::network::joining::introduce(&self.network.engine, &self.project).await?;
        }
        self.state.update(|status| status.traffic.received += new);
        self.network.project_changed();
        if new > 0 {
            self.files_after = self.network.want_files(self.id);
            self.tell_files(false).await;
        }
        Ok(())
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
