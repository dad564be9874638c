//! What goes wrong.

use std::collections::BTreeSet;

use enginus_engine::simulation::{Machine, Mischief};
use enginus_envelope::{DomainTip, log_id};

use crate::broken::{Broken, Checked, promise};
use crate::dice::Dice;
use crate::step::{Weather, What};
use crate::world::{NODES_MAX, Node, World};

/// Disk operations until the power goes, at most.
const POWER_MAX: usize = 150;
/// Room left on a disk that fills up, at most, in bytes.
const ROOM_MAX: usize = 60_000;
const TEN_YEARS_MS: i64 = 10 * 365 * 86_400_000;

impl World {
    /// Frames arrive, each from a way chosen anew.
    pub(crate) fn flow(&mut self, weather: Weather, dice: &mut Dice) -> Checked {
        for _ in 0..weather.frames {
            let busy = self.wires.busy();
            let Some(&(at, from)) = dice.choose(&busy) else { return Ok(()) };
            let blocked = self.wires.blocked.contains(&(from, at));
            let Some(end) = self.wires.end(at, from) else { continue };
            let Some(frame) = end.coming.pop_front() else { continue };
            if dice.percent(u64::from(weather.drop)) || blocked {
                continue;
            }
            if dice.percent(u64::from(weather.overtaken)) {
                end.coming.insert(end.coming.len().min(1 + dice.below(3)), frame);
                continue;
            }
            if dice.percent(u64::from(weather.twice)) {
                end.coming.insert(dice.below(end.coming.len() + 1), frame.clone());
            }
            self.deliver(at, from, frame)?;
        }
        Ok(())
    }

    /// Anything but acts, frames, time and quiet.
    pub(crate) fn fault(&mut self, node: usize, fault: What, dice: &mut Dice) -> Checked {
        let other = dice.below(self.nodes.len());
        let disk = self.nodes[node].device.machine().disk().clone();
        match fault {
            What::Meet => self.connect(node, other)?,
            What::Part => self.wires.cut(node, other),
            What::HalfOpen => self.wires.cut_one(node, other),
            What::Partition => self.partition(dice.next()),
            What::Heal => self.wires.blocked.clear(),
            What::Crash if self.nodes[node].device.is_open() => disk.power_for(Some(dice.below(POWER_MAX) as u64)),
            What::Start => self.start(node, dice)?,
            What::Restart => {
                self.nodes[node].device.close();
                self.wires.gone(node);
                self.start(node, dice)?;
            }
            What::DiskFull => {
                disk.set_room(Some(dice.below(ROOM_MAX) as u64));
                disk.refuse_writes(dice.percent(20));
                self.nodes[node].is_full = true;
            }
            What::DiskRoom => self.give_room(node),
            What::Backup => self.nodes[node].backup = Some(self.nodes[node].device.machine().image()),
            What::Restore => self.restore(node, dice)?,
            What::Clone if self.nodes.len() < NODES_MAX => self.clone_home(node, dice)?,
            What::Clock => {
                let span = usize::try_from(2 * TEN_YEARS_MS).unwrap_or(usize::MAX);
                let off = i64::try_from(dice.below(span)).unwrap_or(0) - TEN_YEARS_MS;
                self.nodes[node].clock_off_ms = off;
            }
            What::Bundle => self.carry(node, other, dice)?,
            What::RelayPut | What::RelayGet => self.ask_relay(node, fault, dice)?,
            What::RelayRollback => self.relay.roll_back(dice),
            What::Bucket => {
                self.bucket.set_mood(*dice.choose(&[0, 5, 40]).unwrap_or(&0), dice.next());
                self.exchange(node, dice.percent(30))?;
            }
            What::BucketDamage => {
                let damaged = self.bucket.damage(dice.below(10_000), dice.percent(50));
                damaged.map_err(|failure| Broken::new(promise::NO_FAILURE, failure))?;
            }
            What::Mischief | What::Fork => self.mischief(node, fault, dice)?,
            _ => {}
        }
        Ok(())
    }

    fn partition(&mut self, groups: u64) {
        for a in 0..self.nodes.len() {
            for b in 0..self.nodes.len() {
                if (groups >> a) & 1 != (groups >> b) & 1 {
                    self.wires.blocked.insert((a, b));
                }
            }
        }
    }

    pub(crate) fn give_room(&mut self, node: usize) {
        let disk = self.nodes[node].device.machine().disk();
        disk.set_room(None);
        disk.refuse_writes(false);
        self.nodes[node].is_full = false;
    }

    /// An older image takes the place of a disk. What was on that disk alone went with it: no program can bring that back.
    fn restore(&mut self, node: usize, dice: &mut Dice) -> Checked {
        let Some(backup) = self.nodes[node].backup.clone() else { return Ok(()) };
        let had = self.own_entries(node)?;
        self.nodes[node].device.close();
        self.wires.gone(node);
        self.nodes[node].device.restore(Machine::with(&backup));
        self.nodes[node].may_fork = true;
        self.nodes[node].is_behind = true;
        self.nodes[node].is_full = false;
        self.reopen(node, dice)?;
        self.excuse_what_is_nowhere()?;
        self.expect_another_life(node, &had)?;
        self.check_own(node)
    }

    /// What a device holds of the life its own logs are in; nothing where the program does not run.
    fn own_entries(&self, node: usize) -> Result<BTreeSet<DomainTip>, Broken> {
        let device = &self.nodes[node].device;
        if !device.is_open() {
            return Ok(BTreeSet::new());
        }
        let failed = |failure| Broken::new(promise::NO_FAILURE, failure);
        let life = device.incarnation().map_err(failed)?;
        let entries = device.entries().map_err(failed)?.into_iter().map(|entry| entry.tip);
        Ok(entries.filter(|tip| tip.tip.log == log_id(&device.id(), &tip.domain, &life)).collect())
    }

    /// Where others hold more of a device's own logs than it does, it has to go on in another life once it meets them.
    fn expect_another_life(&mut self, node: usize, had: &BTreeSet<DomainTip>) -> Checked {
        if !self.nodes[node].device.is_open() {
            return Ok(());
        }
        let (now, life) = (self.own_entries(node)?, self.nodes[node].device.incarnation());
        let life = life.map_err(|failure| Broken::new(promise::NO_FAILURE, failure))?;
        let logs: BTreeSet<_> = now.iter().map(|tip| tip.tip.log).collect();
        let lost: Vec<&DomainTip> = had.difference(&now).filter(|tip| logs.contains(&tip.tip.log)).collect();
        let others = self.nodes.iter().enumerate().filter(|(other, it)| *other != node && it.device.is_member());
        let ahead = others.filter_map(|(_, other)| other.device.tips().ok());
        if ahead.into_iter().any(|tips| lost.iter().any(|tip| tips.contains(tip))) {
            self.nodes[node].life_to_end = Some(life);
        }
        Ok(())
    }

    /// What no device has any more, after a disk was replaced. What relay and bucket have proves nothing: they may lose it.
    fn excuse_what_is_nowhere(&mut self) -> Checked {
        let mut held: BTreeSet<DomainTip> = BTreeSet::new();
        for node in self.nodes.iter().filter(|node| node.device.is_open()) {
            let failed = |failure| Broken::new(promise::NO_FAILURE, failure);
            held.extend(node.device.entries().map_err(failed)?.iter().map(|entry| entry.tip));
        }
        for saved in &mut self.ledger.saved {
            saved.is_excused |= !held.contains(&saved.tip);
        }
        Ok(())
    }

    fn clone_home(&mut self, node: usize, dice: &mut Dice) -> Checked {
        let name = format!("copy of {}", self.nodes[node].device.name());
        let copy = self.nodes[node].device.copied(&name, self.copy_of(node));
        let (is_insider, clock_off_ms) = (self.nodes[node].is_insider, self.nodes[node].clock_off_ms);
        self.nodes[node].may_fork = true;
        self.nodes.push(Node { is_insider, clock_off_ms, may_fork: true, ..Node::new(copy) });
        self.start(self.nodes.len() - 1, dice)
    }

    fn carry(&mut self, from: usize, to: usize, dice: &mut Dice) -> Checked {
        if from == to || !self.nodes[from].device.is_open() || !self.nodes[to].device.is_open() {
            return Ok(());
        }
        let bundle = self.at(from).bundle();
        let Some(mut bundle) = self.came_of(from, bundle)? else { return Ok(()) };
        for envelope in &bundle {
            self.ledger.lies_open("a bundle", envelope);
        }
        if dice.percent(20) {
            bundle.truncate(dice.below(bundle.len() + 1));
        }
        self.take(to, &bundle)
    }

    pub(crate) fn take(&mut self, node: usize, envelopes: &[Vec<u8>]) -> Checked {
        let taken = self.at(node).take(envelopes);
        self.came_of(node, taken)?;
        self.tell_all(node)
    }

    fn ask_relay(&mut self, node: usize, fault: What, dice: &mut Dice) -> Checked {
        if !self.nodes[node].device.is_open() {
            return Ok(());
        }
        if fault == What::RelayGet {
            let told = self.relay.get(dice);
            return self.take(node, &told);
        }
        let given = self.at(node).bundle();
        if let Some(given) = self.came_of(node, given)? {
            for envelope in &given {
                self.ledger.lies_open("the relay", envelope);
            }
            self.relay.put(given);
        }
        Ok(())
    }

    /// A device exchanges with the bucket.
    pub(crate) fn exchange(&mut self, node: usize, whole: bool) -> Checked {
        if !self.nodes[node].device.is_open() {
            return Ok(());
        }
        let exchanged = self.at(node).exchange(&self.bucket, whole);
        self.came_of(node, exchanged)?;
        self.tell_all(node)
    }

    /// The insider does harm, whatever it may still do.
    fn mischief(&mut self, node: usize, fault: What, dice: &mut Dice) -> Checked {
        let insider = (0..self.nodes.len()).map(|at| (node + at) % self.nodes.len());
        let insider = insider.filter(|at| self.nodes[*at].is_insider && self.nodes[*at].device.is_open());
        let Some(insider) = insider.into_iter().next() else { return Ok(()) };
        let folders = self.at(insider).folders();
        let Some(folder) = dice.choose(&folders).copied() else { return Ok(()) };
        if fault == What::Fork {
            let branches = self.at(insider).fork(folder);
            let Some(branches) = self.came_of(insider, branches)? else { return Ok(()) };
            for branch in branches {
                let victim = dice.below(self.nodes.len());
                if self.nodes[victim].device.is_open() {
                    self.take(victim, &[branch])?;
                }
            }
            self.nodes[insider].may_fork = true;
            return Ok(());
        }
        let what = dice.choose(&Mischief::ALL).copied().unwrap_or(Mischief::Garbage);
        self.note(format_args!("{what:?}"));
        let done = self.at(insider).mischief(folder, what);
        self.came_of(insider, done)?;
        self.tell_all(insider)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn what_looks_at_a_device_takes_nothing_of_the_power_it_has_left() {
        let mut world = World::new(1).unwrap();
        let folders = world.at(0).folders();
        for number in 0..20 {
            world.at(0).plan(folders[0], &[(number.to_string(), "title".to_owned())]).unwrap();
        }
        world.reopen(0, &mut Dice::new(1, 1)).unwrap();
        let disk = world.nodes[0].device.machine().disk().clone();
        disk.power_for(Some(1));
        world.excuse_what_is_nowhere().unwrap();
        assert!(!world.own_entries(0).unwrap().is_empty());
        world.check_own(0).unwrap();
        assert!(disk.has_power());
        // What the program does takes it all the same.
        assert!(world.at(0).rename("another").is_err());
        assert!(!disk.has_power());
    }

    #[test]
    fn a_restored_home_goes_on_in_another_life_whenever_the_power_goes() {
        let (mut world, mut dice) = (World::new(1).unwrap(), Dice::new(1, 1));
        world.quiet(&mut dice).unwrap();
        let folder = world.at(1).folders()[0];
        let plan = |world: &World, number: &str| world.at(1).plan(folder, &[(number.into(), "title".into())]);
        plan(&world, "before").unwrap();
        let backup = world.nodes[1].device.machine().image();
        plan(&world, "after").unwrap();
        let (lost, life) = (world.own_entries(1).unwrap(), world.at(1).incarnation().unwrap());
        let bundle = world.at(1).bundle().unwrap();
        let (mut lacks, mut has) = (0, 0);
        // Until the power lasts for all that taking the entries in needs.
        for operations in 1.. {
            world.nodes[1].device.close();
            world.nodes[1].device.restore(Machine::with(&backup));
            world.reopen(1, &mut dice).unwrap();
            assert_eq!(world.at(1).incarnation().unwrap(), life);
            let disk = world.nodes[1].device.machine().disk().clone();
            disk.power_for(Some(operations));
            let taken = world.at(1).take(&bundle);
            let lasted = disk.has_power();
            world.crash(1);
            world.reopen(1, &mut dice).unwrap();
            let held: BTreeSet<DomainTip> = world.at(1).entries().unwrap().iter().map(|entry| entry.tip).collect();
            if lost.is_subset(&held) {
                assert_ne!(world.at(1).incarnation().unwrap(), life, "the power went after {operations} operations");
                has += 1;
            } else {
                lacks += 1;
            }
            if lasted {
                taken.unwrap();
                break;
            }
        }
        assert!(lacks > 0 && has > 1, "{lacks} {has}");
    }
}
