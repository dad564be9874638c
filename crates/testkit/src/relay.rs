//! Somebody who stores and forwards without any key: drops, reorders, withholds, rolls back, and tells everybody something else.

use std::collections::BTreeSet;

use enginus_envelope::Envelope;
use enginus_model::Hash;

use crate::dice::Dice;

/// What it has, in the order in which it came.
#[derive(Debug, Default)]
pub(crate) struct Relay {
    kept: Vec<Vec<u8>>,
    known: BTreeSet<Hash>,
}

impl Relay {
    /// Takes what is new to it.
    pub(crate) fn put(&mut self, envelopes: Vec<Vec<u8>>) {
        for bytes in envelopes {
            if let Ok(envelope) = Envelope::decode(&bytes)
                && self.known.insert(envelope.hash())
            {
                self.kept.push(bytes);
            }
        }
    }

    /// What it tells one client this time.
    pub(crate) fn get(&self, dice: &mut Dice) -> Vec<Vec<u8>> {
        let mut told = self.kept.clone();
        match dice.below(6) {
            0 => told.reverse(),
            1 => dice.shuffle(&mut told),
            2 => told.truncate(dice.below(self.kept.len() + 1)),
            3 => told.retain(|_| !dice.percent(30)),
            4 => {
                if let Some(bytes) = told.get_mut(dice.below(self.kept.len())) {
                    let at = dice.below(bytes.len());
                    bytes[at] ^= 1;
                }
            }
            _ => {}
        }
        told
    }

    /// Loses what came last.
    pub(crate) fn roll_back(&mut self, dice: &mut Dice) {
        let left = dice.below(self.kept.len() + 1);
        for lost in self.kept.split_off(left) {
            if let Ok(envelope) = Envelope::decode(&lost) {
                self.known.remove(&envelope.hash());
            }
        }
    }
}
