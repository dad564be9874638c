//! Devices, the ways between them, and what is known of what happened.

use std::collections::BTreeSet;

use enginus_engine::api::{Failure, FailureKind};
use enginus_engine::simulation::{self, Device, Heard, Image, Machine, Session, Storage};
use enginus_model::{Instant, PersonId};

use crate::broken::{Broken, Checked, promise};
use crate::dice::Dice;
use crate::ledger::Ledger;
use crate::relay::Relay;
use crate::step::{Step, What};
use crate::wires::{Wire, Wires};

/// Devices at the beginning.
pub(crate) const NODES: usize = 5;
/// Devices at most: those invited later and copies among them.
pub(crate) const NODES_MAX: usize = 9;
/// When a simulation begins, as honest clocks say.
const BEGINNING_MS: i64 = 1_800_000_000_000;
/// What begins every text that must never be read outside a device.
pub(crate) const CANARY: &str = "CANARY";

/// A device and what a simulation knows of it.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) device: Device,
    /// How far its clock is off.
    pub(crate) clock_off_ms: i64,
    pub(crate) backup: Option<Image>,
    /// It does harm on purpose: what it says of itself proves nothing.
    pub(crate) is_insider: bool,
    /// Its log may fork: its home was copied, or an older one was put in its place.
    pub(crate) may_fork: bool,
    /// An older image took the place of its disk, and what it lost has not come back yet.
    pub(crate) is_behind: bool,
    /// The life of its logs in which others hold more of it than it does itself.
    pub(crate) life_to_end: Option<[u8; 16]>,
    /// Its disk was filled.
    pub(crate) is_full: bool,
}

impl Node {
    pub(crate) fn new(device: Device) -> Self {
        Self {
            device,
            clock_off_ms: 0,
            backup: None,
            is_insider: false,
            may_fork: false,
            is_behind: false,
            life_to_end: None,
            is_full: false,
        }
    }
}

/// Everything there is.
#[derive(Debug)]
pub struct World {
    pub(crate) seed: u64,
    pub(crate) nodes: Vec<Node>,
    pub(crate) wires: Wires,
    pub(crate) relay: Relay,
    pub(crate) bucket: Storage,
    pub(crate) ledger: Ledger,
    /// A clock that only runs forward.
    pub(crate) now_ms: i64,
    /// The step at hand.
    pub(crate) step: u64,
    pub(crate) trace: blake3::Hasher,
    /// Rounds the slowest quiet period took.
    pub(crate) rounds_max: u32,
    /// Whom the device at hand knew to be removed before the act at hand.
    pub(crate) barred_before: Option<BTreeSet<PersonId>>,
    /// Whom any device ever knew to be removed.
    pub(crate) barred_ever: BTreeSet<PersonId>,
}

impl World {
    /// An owner with a project and those they invited, who wait for it.
    ///
    /// # Errors
    /// When even that cannot be made.
    pub fn new(seed: u64) -> Result<Self, Broken> {
        simulation::begin(&seed.to_le_bytes(), Instant(BEGINNING_MS));
        let founder = Device::founder("Owner").map_err(|failure| Broken::new(promise::NO_FAILURE, failure))?;
        let mut world = Self {
            seed,
            nodes: vec![Node::new(founder)],
            wires: Wires::default(),
            relay: Relay::default(),
            bucket: Storage::default(),
            ledger: Ledger::default(),
            now_ms: 0,
            step: 0,
            trace: blake3::Hasher::new(),
            rounds_max: 0,
            barred_before: None,
            barred_ever: BTreeSet::new(),
        };
        let mut dice = Dice::new(seed, 2);
        for node in 1..NODES {
            let role = if node == 1 { "document-controller" } else { *dice.choose(&ROLES).unwrap_or(&"contractor") };
            let history = dice.percent(85);
            world.invite(0, role, history)?;
        }
        if dice.percent(40)
            && let Some(last) = world.nodes.last_mut()
        {
            last.is_insider = true;
        }
        for a in 0..NODES {
            for b in a + 1..NODES {
                world.connect(a, b)?;
            }
        }
        Ok(world)
    }

    /// What this step's own chance says.
    pub(crate) fn dice(&self, step: &Step) -> Dice {
        Dice::new(self.seed ^ step.pick, step.number)
    }

    /// Lets one step happen.
    ///
    /// # Errors
    /// The promise that was broken.
    pub fn happen(&mut self, step: &Step) -> Checked {
        self.step = step.number;
        let source = [self.seed.to_le_bytes(), step.number.to_le_bytes()].concat();
        simulation::begin(&source, Instant(BEGINNING_MS));
        self.note(format_args!("{:?} {} {:?}", step.number, step.node, step.what));
        self.now_ms += 20;
        let node = step.node % self.nodes.len();
        match step.what {
            What::Act(act) => self.act(node, act, &mut self.dice(step)),
            What::Flow(weather) => self.flow(weather, &mut self.dice(step)),
            What::Time => self.pass(1_000 + i64::try_from(step.pick % 20_000).unwrap_or(0)),
            What::Quiet => self.quiet(&mut self.dice(step)),
            fault => self.fault(node, fault, &mut self.dice(step)),
        }
    }

    /// Adds to what two runs of one seed must have in common.
    pub(crate) fn note(&mut self, what: std::fmt::Arguments<'_>) {
        tracing::debug!(target: "enginus_testkit", "{what}");
        self.trace.update(what.to_string().as_bytes());
        self.trace.update(&[0]);
    }

    /// A hash over everything that happened.
    #[must_use]
    pub fn trace(&self) -> String {
        self.trace.finalize().to_hex().to_string()
    }

    /// The device, with this thread's clock set to what its own says.
    pub(crate) fn at(&self, node: usize) -> &Device {
        let node = &self.nodes[node];
        simulation::set_clock(Instant(BEGINNING_MS + self.now_ms + node.clock_off_ms));
        &node.device
    }

    fn now(&self) -> Instant {
        Instant(self.now_ms)
    }

    /// What came of a call on a device: a failure is fine where the power went or the disk is full, and where it says why it refuses.
    pub(crate) fn came_of<T>(&mut self, node: usize, result: Result<T, Failure>) -> Result<Option<T>, Broken> {
        let powered = self.nodes[node].device.machine().disk().has_power();
        if !powered {
            self.crash(node);
        }
        match result {
            Ok(value) => Ok(Some(value)),
            Err(failure) => {
                self.note(format_args!("{:?}", failure.kind));
                let excused = !powered || self.nodes[node].is_full;
                match failure.kind {
                    FailureKind::Internal | FailureKind::Storage if !excused => {
                        let name = self.nodes[node].device.name();
                        Err(Broken::new(promise::NO_FAILURE, format!("{name}: {failure}")))
                    }
                    _ => Ok(None),
                }
            }
        }
    }

    /// The program ends with the power. What it sent is on its way.
    pub(crate) fn crash(&mut self, node: usize) {
        if self.nodes[node].device.is_open() {
            self.note(format_args!("crash {node}"));
            self.nodes[node].device.close();
        }
        self.wires.gone(node);
    }

    /// Two devices find each other: an earlier connection of theirs is over.
    pub(crate) fn connect(&mut self, a: usize, b: usize) -> Checked {
        let can = |world: &Self, at: usize, other: usize| {
            world.nodes[at].device.is_open() && !world.wires.blocked.contains(&(at, other))
        };
        if a == b || self.nodes[a].device.id() == self.nodes[b].device.id() || !can(self, a, b) || !can(self, b, a) {
            return Ok(());
        }
        self.wires.all.insert(Wires::key(a, b), Wire::default());
        for (at, other) in [(a, b), (b, a)] {
            let peer = self.nodes[other].device.id();
            let begun = Session::begin(self.at(at), peer, self.now());
            match self.came_of(at, begun)? {
                Some((session, heard)) => {
                    if let Some(end) = self.wires.end(at, other) {
                        end.session = Some(session);
                    }
                    self.heard(at, other, heard);
                }
                None => self.wires.cut(a, b),
            }
        }
        Ok(())
    }

    /// Sends what a session said, and ends it where it said so.
    fn heard(&mut self, at: usize, other: usize, heard: Heard) {
        self.ledger.seen(&heard.frames);
        self.wires.send(at, other, heard.frames);
        if let Some(in_sync) = heard.in_sync
            && let Some(end) = self.wires.end(at, other)
        {
            end.in_sync = in_sync;
        }
        if let Some(reason) = heard.closed {
            self.note(format_args!("closed {at} {other} {reason}"));
            self.wires.cut(at, other);
        }
    }

    /// Lets the session of `at` with `other` do something, if there is one.
    fn session(
        &mut self,
        at: usize,
        other: usize,
        work: impl FnOnce(&mut Session, &Device, Instant) -> Result<Heard, Failure>,
    ) -> Result<u64, Broken> {
        let Some(mut session) = self.wires.end(at, other).and_then(|end| end.session.take()) else { return Ok(0) };
        let done = work(&mut session, self.at(at), self.now());
        match self.came_of(at, done)? {
            Some(heard) => {
                // Where the power went in the middle of it, what was said is on its way and the session is over.
                if self.nodes[at].device.is_open()
                    && let Some(end) = self.wires.end(at, other)
                {
                    end.session = Some(session);
                }
                let taken = heard.taken;
                self.heard(at, other, heard);
                Ok(taken)
            }
            None => {
                // The program ends a session that failed; the other side notices, unless the power went.
                if self.nodes[at].device.is_open() {
                    self.wires.cut(at, other);
                }
                Ok(0)
            }
        }
    }

    /// The next frame from `from` arrives at `at`.
    pub(crate) fn deliver(&mut self, at: usize, from: usize, frame: Vec<u8>) -> Checked {
        let taken = self.session(at, from, |session, device, now| session.frame(device, now, frame))?;
        if taken > 0 { self.tell_all(at) } else { self.tell(at, from) }
    }

    /// Every session of a device hears what became durable there.
    pub(crate) fn tell_all(&mut self, node: usize) -> Checked {
        for other in self.wires.partners(node) {
            self.tell(node, other)?;
        }
        Ok(())
    }

    fn tell(&mut self, at: usize, other: usize) -> Checked {
        self.session(at, other, |session, device, now| session.listen(device, now)).map(drop)
    }

    /// Time passes: every session is told.
    pub(crate) fn pass(&mut self, ms: i64) -> Checked {
        self.now_ms += ms;
        let pairs: Vec<(usize, usize)> = self.wires.all.keys().copied().collect();
        for (a, b) in pairs {
            for (at, other) in [(a, b), (b, a)] {
                self.session(at, other, |session, device, now| session.tick(device, now))?;
            }
        }
        Ok(())
    }

    /// Starts the program on a device; whatever power is left is used up first.
    pub(crate) fn start(&mut self, node: usize, dice: &mut Dice) -> Checked {
        if self.nodes[node].device.is_open() {
            return Ok(());
        }
        self.reopen(node, dice)?;
        self.check_own(node)
    }

    pub(crate) fn reopen(&mut self, node: usize, dice: &mut Dice) -> Checked {
        self.nodes[node].device.machine().disk().restart(|| dice.next());
        self.at(node);
        let reopened = self.nodes[node].device.reopen();
        self.came_of(node, reopened).map(drop)
    }

    /// What the program finds of its own when it starts again.
    pub(crate) fn check_own(&self, node: usize) -> Checked {
        if self.nodes[node].device.is_open() { self.ledger.check_own(node, &self.nodes) } else { Ok(()) }
    }

    /// A person is invited by `host` and begins to wait.
    pub(crate) fn invite(&mut self, host: usize, role: &str, history: bool) -> Checked {
        let made = self.at(host).invite(role, history);
        let Some((ticket, done)) = self.came_of(host, made)? else { return Ok(()) };
        self.acknowledged(host, &done)?;
        self.tell_all(host)?;
        let name = format!("Person {}", self.nodes.len());
        let joining = Device::joining(&name, &ticket);
        if let Ok(device) = joining {
            self.nodes.push(Node::new(device));
        }
        Ok(())
    }

    /// Whether a device is a member's, as it says itself and as the others do. Somebody whose ticket was cancelled before anybody heard
    /// that they had come by it does not know of that, and belongs to the project nowhere else.
    pub(crate) fn is_member(&self, node: usize) -> bool {
        self.nodes[node].device.is_member() && self.others_know(node).is_none_or(|(member, _)| member)
    }

    /// What the project makes of a device, given what that one shows of itself: whether it is a member's, and whether it ever was.
    /// `None` where nobody is there to ask.
    pub(crate) fn others_know(&self, node: usize) -> Option<(bool, bool)> {
        self.nodes[self.witness()?].device.knows(&self.nodes[node].device).ok()
    }

    /// A device whose word on who belongs to the project counts: the owner's, whom nobody can remove, and where none of theirs is left
    /// the one that most others take for a member's.
    fn witness(&self) -> Option<usize> {
        let members: Vec<usize> = (0..self.nodes.len()).filter(|node| self.nodes[*node].device.is_member()).collect();
        let owner = self.nodes[0].device.person();
        let taken_by = |node: usize| {
            let device = &self.nodes[node].device;
            members
                .iter()
                .filter(|other| self.nodes[**other].device.knows(device).is_ok_and(|(member, _)| member))
                .count()
        };
        let owners = members.iter().find(|node| self.nodes[**node].device.person() == owner);
        owners.or_else(|| members.iter().max_by_key(|node| taken_by(**node))).copied()
    }

    /// A copy of a machine, with the program not running on it.
    pub(crate) fn copy_of(&self, node: usize) -> Machine {
        Machine::with(&self.nodes[node].device.machine().image())
    }
}

/// What people are invited as.
pub(crate) const ROLES: [&str; 5] = ["contractor", "document-controller", "design-office", "consultant", "investor"];

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_program_that_ends_with_the_power_leaves_no_session_behind() {
        let (mut world, mut dice) = (World::new(1).unwrap(), Dice::new(1, 1));
        world.quiet(&mut dice).unwrap();
        let has_session = |world: &mut World| world.wires.end(1, 0).is_some_and(|end| end.session.is_some());
        assert!(has_session(&mut world));
        // What was done went well, and the power went with the last of it.
        let ends = |_: &mut Session, device: &Device, _| {
            device.machine().disk().power_for(Some(0));
            Ok(Heard::default())
        };
        world.session(1, 0, ends).unwrap();
        assert!(!world.nodes[1].device.is_open());
        assert!(!has_session(&mut world));
    }
}
