//! The promises, each as a check of its own, named as design.md names them.

use std::collections::{BTreeMap, BTreeSet};

use enginus_engine::api::Failure;
use enginus_engine::simulation::{Device, HeldEntry, Why};
use enginus_envelope::DomainTip;
use enginus_model::{DomainId, EpochId, Hash, Lane};

use crate::broken::{Broken, Checked, promise};
use crate::dice::Dice;
use crate::world::World;

/// What a device makes of a project, domain by domain.
#[derive(Debug)]
pub(crate) struct View {
    name: String,
    authority: Hash,
    domains: BTreeMap<DomainId, Domain>,
}

/// What it makes of one domain.
#[derive(Debug)]
struct Domain {
    tips: BTreeSet<DomainTip>,
    epochs: BTreeSet<EpochId>,
    may_pull: bool,
    may_read: bool,
    held: BTreeMap<DomainTip, Why>,
    texts: BTreeMap<DomainTip, HeldEntry>,
    shown: Hash,
    heads: BTreeMap<(Lane, u32), Vec<Hash>>,
}

impl View {
    pub(crate) fn of(device: &Device) -> Result<Self, Failure> {
        let (tips, held) = (device.tips()?, device.held()?);
        let mut domains = BTreeMap::new();
        for domain in device.domains()? {
            let of = |tip: &&DomainTip| tip.domain == domain;
            let texts: BTreeMap<_, _> =
                held.iter().filter(|(tip, _)| of(tip)).map(|(tip, h)| (*tip, h.clone())).collect();
            domains.insert(
                domain,
                Domain {
                    tips: tips.iter().filter(of).copied().collect(),
                    epochs: device.epochs(&domain),
                    may_pull: device.may_pull(&domain),
                    may_read: device.may_read(&domain),
                    held: texts.iter().map(|(tip, held)| (*tip, held.why)).collect(),
                    texts,
                    shown: device.shown(&domain)?,
                    heads: device.heads(domain)?,
                },
            );
        }
        Ok(Self { name: device.name().to_owned(), authority: device.authority()?, domains })
    }

    /// Whether both hold the same of what decides how a domain is judged.
    fn same_grounds(&self, other: &Self, project: &enginus_model::ProjectId, domain: &DomainId) -> bool {
        let grounds = [DomainId::keys(project), DomainId::authority(project), *domain];
        grounds.iter().all(|ground| match (self.domains.get(ground), other.domains.get(ground)) {
            (Some(a), Some(b)) => a.tips == b.tips && a.epochs == b.epochs && a.may_read && b.may_read,
            _ => false,
        })
    }

    /// The first difference in a domain, in words.
    fn difference(&self, other: &Self, domain: &DomainId) -> Option<String> {
        let (a, b) = (self.domains.get(domain)?, other.domains.get(domain)?);
        let names = format!("{} and {} in {}", self.name, other.name, domain);
        if self.authority != other.authority {
            return Some(format!("{names}: authority differs"));
        }
        if a.held != b.held {
            let only = |x: &Domain, y: &Domain| -> Vec<String> {
                let differs = x.held.iter().filter(|(tip, why)| y.held.get(tip) != Some(why)).take(3);
                differs.map(|(tip, _)| format!("seq {} {:?}", tip.tip.seq, x.texts.get(tip))).collect()
            };
            return Some(format!("{names}: accepted sets differ: {:?} against {:?}", only(a, b), only(b, a)));
        }
        // A shard without rows that nobody opened since the start is not looked at.
        if a.heads.iter().any(|(shard, heads)| b.heads.get(shard).is_some_and(|other| other != heads)) {
            return Some(format!("{names}: heads differ: {:?} against {:?}", a.heads, b.heads));
        }
        (a.shown != b.shown).then(|| format!("{names}: projections differ"))
    }
}

impl World {
    /// Every promise, at a quiet moment.
    pub(crate) fn check_promises(&mut self, dice: &mut Dice) -> Checked {
        self.relay_and_bucket_are_blind()?;
        let views = self.views()?;
        self.convergence(&views)?;
        self.nothing_is_lost()?;
        self.own_logs_are_whole()?;
        self.a_restored_home_lives_another_life()?;
        self.removed_devices_read_nothing_later()?;
        let members = self.members();
        if let Some(one) = dice.choose(&members).copied() {
            self.only_what_is_allowed_counts(one)?;
            self.everything_can_be_rebuilt(one, dice)?;
        }
        for view in views.values() {
            let heads: Vec<_> = view.domains.values().map(|domain| (&domain.heads, domain.shown)).collect();
            self.note(format_args!("{heads:?}"));
        }
        Ok(())
    }

    /// Promise 5: what whoever carries or keeps it sees.
    fn relay_and_bucket_are_blind(&mut self) -> Checked {
        for (name, bytes) in self.bucket.everything().map_err(failed)? {
            self.ledger.lies_open("the bucket", name.as_bytes());
            self.ledger.lies_open("the bucket", &bytes);
        }
        self.ledger.blind()
    }

    fn members(&self) -> Vec<usize> {
        let is_honest = |node: &usize| self.is_member(*node) && !self.nodes[*node].is_insider;
        (0..self.nodes.len()).filter(is_honest).collect()
    }

    fn views(&self) -> Result<BTreeMap<usize, View>, Broken> {
        let view = |node: usize| View::of(self.at(node)).map(|view| (node, view));
        self.members().into_iter().map(view).collect::<Result<_, _>>().map_err(failed)
    }

    /// Promise 3.
    fn convergence(&self, views: &BTreeMap<usize, View>) -> Checked {
        let project = self.nodes[0].device.project_id();
        for (a, one) in views {
            for (_, other) in views.range(a + 1..) {
                for domain in one.domains.keys() {
                    let pull = [one, other].iter().all(|view| view.domains.get(domain).is_some_and(|it| it.may_read));
                    if pull
                        && one.domains.get(domain).map(|it| &it.tips) != other.domains.get(domain).map(|it| &it.tips)
                    {
                        let what = format!("{} and {} hold different entries of {domain}", one.name, other.name);
                        return Err(Broken::new(promise::EQUAL_SOON, what));
                    }
                    if one.same_grounds(other, &project, domain)
                        && let Some(difference) = one.difference(other, domain)
                    {
                        return Err(Broken::new(promise::CONVERGENCE, difference));
                    }
                }
            }
        }
        Ok(())
    }

    /// Promise 2: what was acknowledged is on every device that may have it.
    pub(crate) fn nothing_is_lost(&self) -> Checked {
        // What somebody wrote who was never a member for anybody else stays on their own device.
        let strangers: BTreeSet<usize> =
            (0..self.nodes.len()).filter(|node| self.others_know(*node).is_some_and(|(_, once)| !once)).collect();
        for node in self.members() {
            let device = self.at(node);
            let held: BTreeSet<DomainTip> =
                device.entries().map_err(failed)?.into_iter().map(|entry| entry.tip).collect();
            let mut may: BTreeMap<DomainId, bool> = BTreeMap::new();
            let owed = self.ledger.saved.iter().filter(|saved| !saved.is_excused && !strangers.contains(&saved.node));
            for saved in owed {
                let domain = saved.tip.domain;
                if !held.contains(&saved.tip) && *may.entry(domain).or_insert_with(|| device.may_pull(&domain)) {
                    let author = self.nodes[saved.node].device.name();
                    let what =
                        format!("{} lacks what {author} saved in step {}: {:?}", device.name(), saved.step, saved.tip);
                    return Err(Broken::new(promise::NOTHING_LOST, what));
                }
            }
        }
        Ok(())
    }

    /// Promise 2: what every device has of its own.
    fn own_logs_are_whole(&self) -> Checked {
        (0..self.nodes.len())
            .filter(|node| self.nodes[*node].device.is_open())
            .try_for_each(|node| self.ledger.check_own(node, &self.nodes))
    }

    /// Promise 2: a restored home goes on in logs of its own.
    fn a_restored_home_lives_another_life(&mut self) -> Checked {
        for node in 0..self.nodes.len() {
            let Some(life) = self.nodes[node].life_to_end.take() else { continue };
            let device = &self.nodes[node].device;
            // Whoever was removed meanwhile is given nothing of what they wrote.
            if self.is_member(node) && device.incarnation().map_err(failed)? == life {
                let what = format!("{} goes on where others hold more of its log", device.name());
                return Err(Broken::new(promise::NEW_LIFE, what));
            }
        }
        Ok(())
    }

    /// Promise 4.
    fn only_what_is_allowed_counts(&self, node: usize) -> Checked {
        let device = self.at(node);
        match device.unlawful().map_err(failed)?.first() {
            Some(tip) => Err(Broken::new(promise::ONLY_ALLOWED, format!("{} counts {tip:?}", device.name()))),
            None => Ok(()),
        }
    }

    /// Promise 4, for reading: what was written by somebody who knew of a removal opens with nothing that the removed have.
    fn removed_devices_read_nothing_later(&self) -> Checked {
        let removed: Vec<usize> = (0..self.nodes.len()).filter(|node| self.nodes[*node].device.is_removed()).collect();
        for node in removed {
            let person = self.nodes[node].device.person();
            if self.ledger.came_back.contains(&person) {
                continue;
            }
            for saved in self.ledger.saved.iter().filter(|saved| saved.barred.contains(&person)) {
                let writer = self.at(saved.node);
                let Ok(Some(bytes)) = writer.envelope(&saved.tip.tip) else { continue };
                if self.at(node).opens(&bytes) {
                    let name = self.nodes[node].device.name();
                    let what = format!("{name} opens what was written in step {}: {:?}", saved.step, saved.tip);
                    return Err(Broken::new(promise::REMOVED_READ_NOTHING, what));
                }
            }
        }
        Ok(())
    }

    /// Promise 8, and the oracle: the same device begun anew takes everything in another order and comes to the same; so does a rebuild.
    fn everything_can_be_rebuilt(&self, node: usize, dice: &mut Dice) -> Checked {
        let device = self.at(node);
        let before = View::of(device).map_err(failed)?;
        let again = |what: &str, after: &View| -> Checked {
            for domain in before.domains.keys() {
                if let Some(difference) = before.difference(after, domain) {
                    return Err(Broken::new(promise::REBUILT, format!("{what}: {difference}")));
                }
            }
            Ok(())
        };
        if !device.rebuild().map_err(failed)? {
            return Err(Broken::new(promise::REBUILT, format!("{}: a rebuild changed what is shown", device.name())));
        }
        again("a rebuild", &View::of(device).map_err(failed)?)?;
        let mut envelopes = Vec::new();
        for entry in device.entries().map_err(failed)? {
            envelopes.extend(device.envelope(&entry.tip.tip).map_err(failed)?);
        }
        let oracle = device.begun_anew().map_err(failed)?;
        dice.shuffle(&mut envelopes);
        // As a link does: what comes before its predecessor is refused and offered again.
        while oracle.take_silently(&envelopes).map_err(failed)? > 0 {}
        let mut after = View::of(&oracle).map_err(failed)?;
        // What a device may hold no more it keeps as it was. The oracle refuses it from where it learns so, which may be in the middle
        // of a log: it does not have what the device made something of.
        after.domains.retain(|domain, it| {
            before.domains.get(domain).is_some_and(|before| before.may_pull || before.tips == it.tips)
        });
        again("an oracle", &after)
    }
}

fn failed(failure: Failure) -> Broken {
    Broken::new(promise::NO_FAILURE, failure)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    /// The place of the payment requests among the folders.
    const PAYMENTS: usize = 6;

    #[test]
    fn an_oracle_need_not_have_what_its_device_may_hold_no_more() {
        let (mut world, mut dice) = (World::new(1).unwrap(), Dice::new(1, 1));
        world.quiet(&mut dice).unwrap();
        // A design office does not read payment requests.
        let payments = world.at(0).folders()[PAYMENTS];
        for number in 0..60 {
            world.at(0).plan(payments, &[(number.to_string(), "title".to_owned())]).unwrap();
        }
        world.tell_all(0).unwrap();
        world.quiet(&mut dice).unwrap();
        let controller = world.nodes[1].device.person();
        world.at(0).change_role(controller, "design-office").unwrap();
        world.tell_all(0).unwrap();
        world.quiet(&mut dice).unwrap();
        let view = View::of(world.at(1)).unwrap();
        assert!(view.domains.contains_key(&payments) && !world.at(1).may_pull(&payments), "it keeps what it had");
        for seed in 0..20 {
            world.everything_can_be_rebuilt(1, &mut Dice::new(seed, 1)).unwrap();
        }
    }
}
