//! Whether what somebody wrote counts, as far as authority can tell.

use enginus_envelope::{DomainTip, Tip};
use enginus_model::{DeviceId, DomainId, Lane, PersonId};

use crate::authority::Authority;
use crate::revocation::Standing;
use crate::scope::reach;
use crate::table::Cut;

impl Authority {
    /// The entries held back that somebody who may has accepted.
    pub fn endorsed(&self) -> impl Iterator<Item = &DomainTip> {
        self.endorsed.iter()
    }

    /// Whether an entry is among them.
    #[must_use]
    pub fn is_endorsed(&self, entry: &DomainTip) -> bool {
        self.endorsed.contains(entry)
    }

    /// The newest entries that still count of a removed person, all logs together; `None` while no grant of theirs is revoked.
    #[must_use]
    pub fn cutoffs(&self, person: &PersonId) -> Option<Vec<Tip>> {
        union_of(self.grants(person).filter_map(|(_, held)| held.cut.as_ref()))
    }

    /// The newest entries that still count of a removed device; `None` while it is not removed itself.
    #[must_use]
    pub fn device_cutoffs(&self, device: &DeviceId) -> Option<Vec<Tip>> {
        union_of(self.devices.get(device).and_then(|device| device.cut.as_ref()).into_iter())
    }

    /// Whether the entry `tip` that `device` wrote to `lane` of `domain` counts.
    ///
    /// A live grant carries everything its holder wrote where it allows writing, so coming back from a removal brings back
    /// the work in between. A revoked one carries what lies before its cutoffs.
    #[must_use]
    pub fn standing(&self, device: &DeviceId, domain: &DomainId, lane: Lane, tip: &Tip) -> Standing {
        if self.endorsed.contains(&DomainTip { domain: *domain, tip: *tip }) {
            return Standing::Accepted;
        }
        let Some(entry) = self.devices.get(device) else { return Standing::Unknown };
        let mut allowed = false;
        let mut limits: Vec<&Cut> = Vec::new();
        for (_, held) in self.grants(&entry.person) {
            if !reach(&held.capability.scope, domain, &self.project).lanes.contains(lane) {
                continue;
            }
            match &held.cut {
                None => allowed = true,
                Some(cut) => limits.push(cut),
            }
        }
        if !allowed && limits.is_empty() {
            return Standing::NotAllowed;
        }
        let person_limit = if allowed { None } else { Some(bounds(&limits, tip)) };
        let device_limit = entry.cut.as_ref().map(|cut| bounds(&[cut], tip));
        match (person_limit, device_limit) {
            (None, None) => Standing::Accepted,
            (Some(one), None) | (None, Some(one)) => judged(one, tip),
            (Some(one), Some(other)) => judged(lower(&one, &other), tip),
        }
    }
}

/// The tips of `cuts` that may lie at or after `tip` in the same log.
fn bounds(cuts: &[&Cut], tip: &Tip) -> Vec<Tip> {
    let mut tips: Vec<Tip> =
        cuts.iter().flat_map(|cut| &cut.tips).filter(|cut| cut.log == tip.log && cut.seq >= tip.seq).copied().collect();
    tips.sort_unstable();
    tips.dedup();
    tips
}

/// Where two limits hold at once: of each pair the earlier one.
fn lower(one: &[Tip], other: &[Tip]) -> Vec<Tip> {
    let mut tips: Vec<Tip> =
        one.iter().flat_map(|a| other.iter().map(move |b| if a.seq <= b.seq { *a } else { *b })).collect();
    tips.sort_unstable();
    tips.dedup();
    tips
}

fn judged(bounds: Vec<Tip>, tip: &Tip) -> Standing {
    if bounds.contains(tip) {
        return Standing::Accepted;
    }
    let after: Vec<Tip> = bounds.into_iter().filter(|bound| bound.seq > tip.seq).collect();
    if after.is_empty() { Standing::BeyondCutoff } else { Standing::IfBefore(after) }
}

fn union_of<'a>(cuts: impl Iterator<Item = &'a Cut>) -> Option<Vec<Tip>> {
    let mut all: Option<Vec<Tip>> = None;
    for cut in cuts {
        crate::revocation::merge_tips(all.get_or_insert_default(), &cut.tips);
    }
    all
}
