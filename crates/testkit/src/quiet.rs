//! Quiet periods: faults stop, everything is let to flow, and every promise is checked.

use crate::broken::{Broken, Checked, promise};
use crate::dice::Dice;
use crate::world::World;

/// Rounds within which everybody has to be equal.
const ROUNDS_MAX: u32 = 60;
/// Frames that one round may take to settle: more means that two devices talk without end.
const FRAMES_MAX: u32 = 200_000;

impl World {
    pub(crate) fn quiet(&mut self, dice: &mut Dice) -> Checked {
        self.stop_faults(dice)?;
        if dice.percent(50) {
            self.wires.all.clear();
        }
        let mut rounds = 0;
        loop {
            self.meet_everybody()?;
            self.settle()?;
            // Who was removed is equal to nobody any more, and has work to hand over all the same.
            let (apart, lost) = (self.apart(), self.nothing_is_lost());
            if apart.is_none() && lost.is_ok() {
                break;
            }
            rounds += 1;
            if rounds > ROUNDS_MAX {
                lost?;
                let apart = apart.unwrap_or_default();
                return Err(Broken::new(promise::EQUAL_SOON, format!("after {ROUNDS_MAX} rounds: {apart}")));
            }
            // Short at first; then long enough for whatever waits for an answer that was lost.
            self.pass(if rounds < 4 { 1_000 } else { 15_000 })?;
        }
        self.rounds_max = self.rounds_max.max(rounds);
        for node in 0..self.nodes.len() {
            // Whoever was removed is given nothing any more: what their disk lost stays lost to them, and the members have it.
            self.nodes[node].is_behind &= !self.is_member(node);
        }
        self.note(format_args!("quiet after {rounds} rounds"));
        self.check_promises(dice)
    }

    fn stop_faults(&mut self, dice: &mut Dice) -> Checked {
        self.wires.blocked.clear();
        for node in 0..self.nodes.len() {
            self.give_room(node);
            let disk = self.nodes[node].device.machine().disk();
            if !disk.has_power() {
                self.crash(node);
            }
            self.nodes[node].device.machine().disk().power_for(None);
            self.start(node, dice)?;
        }
        Ok(())
    }

    /// Devices look for each other as long as they are not connected.
    fn meet_everybody(&mut self) -> Checked {
        for a in 0..self.nodes.len() {
            for b in a + 1..self.nodes.len() {
                let stands =
                    self.wires.all.get(&(a, b)).is_some_and(|wire| wire.ends.iter().all(|end| end.session.is_some()));
                if !stands {
                    self.connect(a, b)?;
                }
            }
        }
        Ok(())
    }

    /// Every frame arrives, until there are none.
    fn settle(&mut self) -> Checked {
        let mut frames = 0;
        loop {
            let busy = self.wires.busy();
            if busy.is_empty() {
                return Ok(());
            }
            for (at, from) in busy {
                while let Some(frame) = self.wires.end(at, from).and_then(|end| end.coming.pop_front()) {
                    self.deliver(at, from, frame)?;
                    frames += 1;
                    if frames > FRAMES_MAX {
                        return Err(Broken::new(promise::EQUAL_SOON, "two devices talk without end"));
                    }
                }
            }
        }
    }

    /// Two members who are connected and not in sync, in words.
    fn apart(&self) -> Option<String> {
        let members: Vec<usize> = (0..self.nodes.len()).filter(|node| self.is_member(*node)).collect();
        for a in &members {
            for b in members.iter().filter(|b| *b > a) {
                if self.nodes[*a].device.id() == self.nodes[*b].device.id() {
                    continue;
                }
                let wire = self.wires.all.get(&(*a, *b));
                if !wire.is_some_and(|wire| wire.ends.iter().all(|end| end.in_sync)) {
                    let names = [a, b].map(|node| self.nodes[*node].device.name());
                    return Some(format!("{} and {} are not in sync", names[0], names[1]));
                }
            }
        }
        None
    }
}
