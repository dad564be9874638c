//! One side of an exchange, driven by hand.

use enginus_envelope::DomainTip;
use enginus_model::{DeviceId, Instant};
use enginus_sync::Event;
use tokio::sync::{broadcast, watch};

use super::Device;
use crate::api::Failure;
use crate::engine::lock;
use crate::network::{Exchange, Output};

/// One side of a conversation of one device with another.
pub struct Session {
    exchange: Exchange,
    tips: broadcast::Receiver<Vec<DomainTip>>,
    scope: watch::Receiver<u64>,
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Session")
    }
}

/// What came of something that happened.
#[derive(Debug, Default)]
pub struct Heard {
    /// Frames for the other side, in order.
    pub frames: Vec<Vec<u8>>,
    /// Envelopes that were new here.
    pub taken: u64,
    /// Whether both are equal, where that was told.
    pub in_sync: Option<bool>,
    /// Why the session ended, where it did.
    pub closed: Option<String>,
}

impl Session {
    /// Begins a conversation with `peer`.
    ///
    /// # Errors
    /// As the product's session has them; it is over then.
    pub fn begin(device: &Device, peer: DeviceId, now: Instant) -> Result<(Self, Heard), Failure> {
        let shared = device.shared()?;
        let (tips, scope, credentials) = {
            let project = lock(shared);
            (project.watch_tips(), project.watch_scope(), project.proof_for(&peer)?)
        };
        let mut session = Self { exchange: Exchange::new(device.project_id(), peer), tips, scope };
        let heard = session.tell(device, now, Event::Opened { credentials })?;
        Ok((session, heard))
    }

    /// A frame arrived.
    ///
    /// # Errors
    /// See [`Session::begin`].
    pub fn frame(&mut self, device: &Device, now: Instant, frame: Vec<u8>) -> Result<Heard, Failure> {
        self.tell(device, now, Event::Received(frame))
    }

    /// Time passed.
    ///
    /// # Errors
    /// See [`Session::begin`].
    pub fn tick(&mut self, device: &Device, now: Instant) -> Result<Heard, Failure> {
        self.tell(device, now, Event::Tick)
    }

    /// Tells the link what became durable or may be had since it was last told.
    ///
    /// # Errors
    /// See [`Session::begin`].
    pub fn listen(&mut self, device: &Device, now: Instant) -> Result<Heard, Failure> {
        let mut heard = Heard::default();
        loop {
            let event = match self.tips.try_recv() {
                Ok(stored) => Event::Stored { tips: stored.into_iter().map(|tip| tip.tip).collect() },
                Err(broadcast::error::TryRecvError::Lagged(_)) => {
                    let tips = lock(device.shared()?).tips();
                    Event::Stored { tips: tips.into_iter().map(|tip| tip.tip).collect() }
                }
                Err(_) if self.scope.has_changed().unwrap_or(false) => {
                    self.scope.mark_unchanged();
                    Event::ScopeChanged
                }
                Err(_) => return Ok(heard),
            };
            heard.add(self.tell(device, now, event)?);
        }
    }

    /// Gives the exchange an event and does what it says, as the product's session does.
    fn tell(&mut self, device: &Device, now: Instant, event: Event) -> Result<Heard, Failure> {
        let shared = device.shared()?;
        let mut heard = Heard::default();
        let said = self.exchange.happened(shared, now, event)?;
        for effect in said.effects {
            let (output, event) = self.exchange.carry_out(shared, effect)?;
            match output {
                Output::Send(frame) => heard.frames.push(frame),
                // Everything was handed over as soon as it was said.
                Output::MoreToSend => heard.add(self.tell(device, now, Event::Drained)?),
                Output::Taken { new, joined } => {
                    heard.taken += new;
                    if joined {
                        device.introduce()?;
                    }
                }
                Output::InSync(in_sync) => heard.in_sync = Some(in_sync),
                Output::Close(reason) => heard.closed = Some(reason.to_string()),
                Output::Shown | Output::Nothing => {}
            }
            if let Some(event) = event {
                heard.add(self.tell(device, now, event)?);
            }
        }
        Ok(heard)
    }
}

impl Heard {
    fn add(&mut self, more: Self) {
        self.frames.extend(more.frames);
        self.taken += more.taken;
        self.in_sync = more.in_sync.or(self.in_sync);
        self.closed = more.closed.or(self.closed.take());
    }
}
