//! What a capability reaches: access words, lanes and domains.

use enginus_model::{DomainId, Lane, ProjectId};
use serde::{Deserialize, Serialize};

/// How much of a domain somebody may have. Each word includes those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub enum Access {
    /// Nothing, not even sealed bytes.
    #[default]
    None,
    /// Hold and pass on the sealed bytes, without the key.
    Pull,
    /// Be given the keys.
    Read,
    /// Add to the lanes that the scope names.
    Write,
    /// Grant and revoke; which lanes one writes oneself is still named apart.
    Manage,
}

/// A set of lanes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct LaneSet(u8);

impl LaneSet {
    /// No lane.
    pub const NONE: Self = Self(0);
    /// Every lane.
    pub const ALL: Self = Self(0b111);

    /// The set of `lanes`.
    #[must_use]
    pub fn of(lanes: &[Lane]) -> Self {
        Self(lanes.iter().fold(0, |bits, lane| bits | 1 << *lane as u8))
    }
    /// Whether `lane` is in it.
    #[must_use]
    pub const fn contains(self, lane: Lane) -> bool {
        self.0 & (1 << lane as u8) != 0
    }
    /// Both together.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
    /// Whether everything in it is in `other` too.
    #[must_use]
    pub const fn within(self, other: Self) -> bool {
        self.0 & !other.0 == 0
    }
    /// Whether it has no lane.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }
    /// Its lanes in order.
    pub fn iter(self) -> impl Iterator<Item = Lane> {
        Lane::ALL.into_iter().filter(move |lane| self.contains(*lane))
    }
}

/// Which domains an entry speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum DomainScope {
    /// Every domain of the project, those opened later too.
    All,
    /// One domain.
    One(DomainId),
}

/// One line of a scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ScopeEntry {
    /// Where.
    pub domain: DomainScope,
    /// How much.
    pub access: Access,
    /// What the holder writes; empty below [`Access::Write`].
    pub lanes: LaneSet,
    /// What the holder may let others write; empty below [`Access::Manage`]. Apart from `lanes`, so that a document
    /// controller can invite a reviewer without being one.
    pub delegable: LaneSet,
}

impl ScopeEntry {
    /// Hold the sealed bytes.
    #[must_use]
    pub const fn pull(domain: DomainScope) -> Self {
        Self { domain, access: Access::Pull, lanes: LaneSet::NONE, delegable: LaneSet::NONE }
    }
    /// Read without even commenting.
    #[must_use]
    pub const fn read(domain: DomainScope) -> Self {
        Self { domain, access: Access::Read, lanes: LaneSet::NONE, delegable: LaneSet::NONE }
    }
    /// Read, and write `lanes`.
    #[must_use]
    pub const fn write(domain: DomainScope, lanes: LaneSet) -> Self {
        Self { domain, access: Access::Write, lanes, delegable: LaneSet::NONE }
    }
    /// Read, write `lanes`, and let others have up to `delegable`.
    #[must_use]
    pub const fn manage(domain: DomainScope, lanes: LaneSet, delegable: LaneSet) -> Self {
        Self { domain, access: Access::Manage, lanes, delegable }
    }

    /// Whether access word and lanes agree with one another.
    pub(crate) fn is_well_formed(&self) -> bool {
        self.access > Access::None
            && self.lanes.within(LaneSet::ALL)
            && self.delegable.within(LaneSet::ALL)
            && (self.access >= Access::Write || self.lanes.is_empty())
            && (self.access != Access::Write || !self.lanes.is_empty())
            && (self.access == Access::Manage || self.delegable.is_empty())
    }
}

/// What a scope, or several together, come to in one domain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Reach {
    /// The highest access word.
    pub access: Access,
    /// The lanes that may be written.
    pub lanes: LaneSet,
    /// The lanes that may be given on.
    pub delegable: LaneSet,
}

impl Reach {
    /// Both together.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Self {
            access: self.access.max(other.access),
            lanes: self.lanes.union(other.lanes),
            delegable: self.delegable.union(other.delegable),
        }
    }
}

/// What the entries of `scope` say of `domain`, project-wide domains included as if they were folders.
pub(crate) fn stated(scope: &[ScopeEntry], domain: &DomainScope) -> Reach {
    scope
        .iter()
        .filter(|entry| entry.domain == DomainScope::All || entry.domain == *domain)
        .map(|entry| Reach { access: entry.access, lanes: entry.lanes, delegable: entry.delegable })
        .fold(Reach::default(), Reach::union)
}

/// Whether an id may be that of a project-wide domain: those are UUIDs of version 8 (RFC 9562, 5.8), folders are not. It spares
/// four hashes for every folder.
const fn is_derived(domain: &DomainId) -> bool {
    domain.as_bytes()[6] >> 4 == 8
}

/// What a holder of `scope` has in `domain`.
///
/// Folders follow the entries. The four project-wide domains follow from membership, so that nobody can be invited without
/// them: whoever reads anything writes the records of `authority`, `keys` and `directory` and reads `settings`; whoever
/// manages all of the project writes `settings` too; whoever only pulls, pulls these too.
pub fn reach(scope: &[ScopeEntry], domain: &DomainId, project: &ProjectId) -> Reach {
    let stated_here = stated(scope, &DomainScope::One(*domain));
    if !is_derived(domain) {
        return stated_here;
    }
    let settings = *domain == DomainId::settings(project);
    let shared = *domain == DomainId::authority(project)
        || *domain == DomainId::keys(project)
        || *domain == DomainId::directory(project);
    if !settings && !shared {
        return stated_here;
    }
    let best = scope.iter().map(|entry| entry.access).max().unwrap_or_default();
    let everywhere = stated(scope, &DomainScope::All);
    let records = LaneSet::of(&[Lane::Records]);
    let explicit = scope
        .iter()
        .filter(|entry| entry.domain == DomainScope::One(*domain))
        .map(|entry| Reach { access: entry.access, lanes: entry.lanes, delegable: entry.delegable })
        .fold(Reach::default(), Reach::union);
    let by_membership = match (best, everywhere.access) {
        (Access::None, _) => Reach::default(),
        (Access::Pull, _) => Reach { access: Access::Pull, ..Reach::default() },
        (_, Access::Manage) => Reach { access: Access::Manage, lanes: records, delegable: records },
        _ if settings => Reach { access: Access::Read, ..Reach::default() },
        _ => Reach { access: Access::Write, lanes: records, delegable: LaneSet::NONE },
    };
    explicit.union(by_membership)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROJECT: ProjectId = ProjectId([3; 32]);
    const FOLDER: DomainId = DomainId::from_bytes([4; 16]);

    #[test]
    fn project_wide_domains_are_told_by_their_version() {
        for n in 0..=255 {
            let project = ProjectId([n; 32]);
            let derived = [DomainId::authority, DomainId::keys, DomainId::settings, DomainId::directory];
            assert!(derived.iter().all(|of| is_derived(&of(&project))));
        }
        assert!(!is_derived(&DomainId::new(1_700_000_000_000, &[0xff; 10])));
    }

    #[test]
    fn words_are_ordered() {
        assert!(Access::Pull < Access::Read && Access::Read < Access::Write && Access::Write < Access::Manage);
    }

    #[test]
    fn all_reaches_folders_opened_later_and_one_does_not() {
        let all = [ScopeEntry::read(DomainScope::All)];
        let one = [ScopeEntry::read(DomainScope::One(FOLDER))];
        let later = DomainId::from_bytes([9; 16]);
        assert_eq!(reach(&all, &later, &PROJECT).access, Access::Read);
        assert_eq!(reach(&one, &later, &PROJECT).access, Access::None);
        assert_eq!(reach(&one, &FOLDER, &PROJECT).access, Access::Read);
    }

    #[test]
    fn members_share_the_project_wide_domains_by_membership() {
        let reader = [ScopeEntry::read(DomainScope::One(FOLDER))];
        let manager = [ScopeEntry::manage(DomainScope::All, LaneSet::ALL, LaneSet::ALL)];
        let folder_manager = [ScopeEntry::manage(DomainScope::One(FOLDER), LaneSet::ALL, LaneSet::ALL)];
        let archive = [ScopeEntry::pull(DomainScope::All)];
        for domain in [DomainId::authority(&PROJECT), DomainId::keys(&PROJECT), DomainId::directory(&PROJECT)] {
            assert!(reach(&reader, &domain, &PROJECT).lanes.contains(Lane::Records));
            assert!(!reach(&manager, &domain, &PROJECT).lanes.contains(Lane::Comments));
            assert_eq!(reach(&archive, &domain, &PROJECT).access, Access::Pull);
        }
        let settings = DomainId::settings(&PROJECT);
        assert_eq!(reach(&reader, &settings, &PROJECT).access, Access::Read);
        assert_eq!(reach(&folder_manager, &settings, &PROJECT).access, Access::Read);
        assert!(reach(&folder_manager, &settings, &PROJECT).lanes.is_empty());
        assert!(reach(&manager, &settings, &PROJECT).lanes.contains(Lane::Records));
        assert_eq!(reach(&archive, &settings, &PROJECT).access, Access::Pull);
    }

    #[test]
    fn writing_everywhere_is_not_writing_the_settings() {
        let writer = [ScopeEntry::write(DomainScope::All, LaneSet::ALL)];
        assert_eq!(reach(&writer, &DomainId::settings(&PROJECT), &PROJECT).access, Access::Read);
        assert_eq!(reach(&writer, &FOLDER, &PROJECT).access, Access::Write);
    }

    #[test]
    fn word_and_lanes_must_agree() {
        let mut entry = ScopeEntry::read(DomainScope::All);
        assert!(entry.is_well_formed());
        entry.lanes = LaneSet::ALL;
        assert!(!entry.is_well_formed());
        entry = ScopeEntry::write(DomainScope::All, LaneSet::NONE);
        assert!(!entry.is_well_formed());
        entry = ScopeEntry::write(DomainScope::All, LaneSet(0b1000));
        assert!(!entry.is_well_formed());
        entry = ScopeEntry { delegable: LaneSet::ALL, ..ScopeEntry::write(DomainScope::All, LaneSet::ALL) };
        assert!(!entry.is_well_formed());
    }
}
