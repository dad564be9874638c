//! What leaves a link, counted, so that a peer that does not read cannot fill this device's memory.

use crate::Effect;
use crate::frame::Message;
use crate::limits::SEND_WINDOW_BYTES;

/// Effects of one call, and how many bytes the transport still has to get rid of.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    /// Bytes handed out since the transport last said that it was empty.
    undrained_bytes: usize,
    /// Something waits for [`crate::Event::Drained`].
    held_back: bool,
    effects: Vec<Effect>,
}

impl Outbox {
    /// Whether anything may be sent now. When not, the caller keeps it and is called again after the next drain.
    pub(crate) fn open(&mut self) -> bool {
        let open = self.undrained_bytes < SEND_WINDOW_BYTES;
        self.held_back |= !open;
        open
    }

    pub(crate) fn send(&mut self, message: &Message) {
        let frame = message.encode();
        self.undrained_bytes = self.undrained_bytes.saturating_add(frame.len());
        self.effects.push(Effect::Send(frame));
    }

    pub(crate) fn push(&mut self, effect: Effect) {
        self.effects.push(effect);
    }

    pub(crate) fn drained(&mut self) {
        self.undrained_bytes = 0;
    }

    /// The effects of this call, with the wish to be called again where something waits.
    pub(crate) fn finish(&mut self) -> Vec<Effect> {
        if std::mem::take(&mut self.held_back) {
            self.effects.push(Effect::MoreToSend);
        }
        std::mem::take(&mut self.effects)
    }
}
