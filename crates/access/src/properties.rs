//! Two promises, over random projects: attenuation never widens, and nothing innocent is lost by what is said about others.

use std::collections::BTreeSet;

use enginus_envelope::Tip;
use enginus_model::{DomainId, Hash, Instant, Lane, PersonId, ProjectId};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use crate::acts::{acts, play};
use crate::testing::{World, folder, keypair, tip};
use crate::{
    Authority, Capability, DomainScope, Genesis, LaneSet, Refusal, ScopeEntry, SignedStatement, Standing, Statement,
    Target, attenuates, reach,
};

const PROJECT: ProjectId = ProjectId([0; 32]);

fn lanes() -> impl Strategy<Value = LaneSet> {
    any::<[bool; 3]>()
        .prop_map(|bits| LaneSet::of(&Lane::ALL.into_iter().filter(|lane| bits[*lane as usize]).collect::<Vec<_>>()))
}

fn entry() -> impl Strategy<Value = ScopeEntry> {
    (0u8..4, 0u8..8, lanes(), lanes()).prop_map(|(domain, word, lanes, delegable)| {
        let domain = match domain {
            0 => DomainScope::All,
            3 => DomainScope::One(DomainId::settings(&PROJECT)),
            n => DomainScope::One(folder(n)),
        };
        match word {
            0 => ScopeEntry::pull(domain),
            1 => ScopeEntry::read(domain),
            2 | 3 => ScopeEntry::write(domain, lanes),
            _ => ScopeEntry::manage(domain, lanes, delegable),
        }
    })
}

fn capability() -> impl Strategy<Value = Capability> {
    let genesis = Genesis { owner: keypair(1).public(), nonce: [0; 16], at: Instant(0) };
    (prop::collection::vec(entry(), 1..4), 1u32..6, prop::option::of(0i64..40), any::<bool>()).prop_map(
        move |(scope, rank, end, history)| Capability {
            scope,
            rank,
            history,
            project: PROJECT,
            not_after: end.map(Instant),
            ..Capability::root(&genesis)
        },
    )
}

/// A chain in which each is made from the one above by narrowing, and then perhaps altered in one way.
fn chain() -> impl Strategy<Value = Vec<Capability>> {
    let step = (capability(), 0u8..12, any::<[bool; 3]>(), any::<bool>());
    (capability(), prop::collection::vec(step, 1..5)).prop_map(|(mut first, steps)| {
        first.scope.push(ScopeEntry::manage(DomainScope::One(folder(1)), LaneSet::ALL, LaneSet::ALL));
        let mut chain = vec![first];
        for (other, altered, kept, writes) in steps {
            let above = &chain[chain.len() - 1];
            let mut next = Capability { rank: above.rank + 1 + other.rank % 2, ..above.clone() };
            let narrower = |entry: &ScopeEntry| match writes {
                true if !entry.delegable.is_empty() => ScopeEntry::write(entry.domain, entry.delegable),
                _ => ScopeEntry { lanes: LaneSet::NONE, ..*entry },
            };
            next.scope.retain(|entry| entry.access == crate::Access::Manage);
            next.scope = next
                .scope
                .iter()
                .zip(kept.into_iter().cycle())
                .filter(|(_, kept)| *kept)
                .map(|(e, _)| narrower(e))
                .collect();
            match altered {
                0 => next.rank = other.rank,
                1 => next.scope.extend(other.scope.iter().copied()),
                2 => next.not_after = other.not_after,
                3 => next.history = other.history,
                _ => {}
            }
            if next.scope.is_empty() {
                next.scope.push(other.scope.first().copied().unwrap_or(ScopeEntry::read(DomainScope::All)));
            }
            chain.push(next);
        }
        chain
    })
}

fn holds(chain: &[Capability]) -> bool {
    chain.windows(2).all(|pair| attenuates(&pair[1], &pair[0]).is_ok())
}

fn domains() -> Vec<DomainId> {
    let shared = [DomainId::settings(&PROJECT), DomainId::authority(&PROJECT), DomainId::directory(&PROJECT)];
    (1..6).map(folder).chain(shared).collect()
}

#[test]
fn the_chains_tried_are_worth_trying() {
    let mut runner = TestRunner::deterministic();
    let chains: Vec<_> = (0..400).map(|_| chain().new_tree(&mut runner).unwrap().current()).collect();
    let holding = chains.iter().filter(|chain| holds(chain)).count();
    assert!((80..350).contains(&holding), "{holding} of 400 chains hold");
    assert!(chains.iter().any(|chain| chain.len() > 3 && holds(chain)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    /// Whatever hangs on something gives nothing beyond what everybody above it could give: in no folder, no project-wide
    /// domain, no lane, not longer, not further back, not higher.
    #[test]
    fn attenuation_never_widens(chain in chain()) {
        for (n, below) in chain.iter().enumerate().skip(1) {
            if !holds(&chain[..=n]) {
                break;
            }
            for above in &chain[..n] {
                prop_assert!(below.rank > above.rank);
                prop_assert!(above.history || !below.history);
                prop_assert!(above.not_after.is_none_or(|end| below.not_after.is_some_and(|ours| ours <= end)));
                for domain in domains() {
                    let (wide, narrow) =
                        (reach(&above.scope, &domain, &PROJECT), reach(&below.scope, &domain, &PROJECT));
                    prop_assert!(narrow.access <= wide.access);
                    prop_assert!(narrow.lanes.within(wide.lanes.union(wide.delegable)));
                    prop_assert!(narrow.delegable.within(wide.delegable));
                }
            }
        }
    }
}

/// Persons and grants that somebody's right hangs on: their own and all above.
fn hangs_on(authority: &Authority, person: &PersonId) -> (BTreeSet<PersonId>, BTreeSet<Hash>) {
    let (mut persons, mut grants) = (BTreeSet::from([*person]), BTreeSet::new());
    for (hash, _) in authority.grants(person) {
        let mut at = hash;
        while let Some(held) = authority.held.get(&at) {
            grants.insert(at);
            persons.insert(PersonId(held.capability.subject.key().sign));
            persons.insert(PersonId(held.capability.issuer));
            if held.depth == 0 {
                break;
            }
            at = held.capability.parent;
        }
    }
    (persons, grants)
}

/// The revocations among the statements of `authority` that count and concern a device, or what its person's right hangs on.
fn against(
    authority: &Authority,
    device: u16,
    (persons, grants): &(BTreeSet<PersonId>, BTreeSet<Hash>),
) -> BTreeSet<Hash> {
    let concerns = |signed: &&SignedStatement| match signed.statement() {
        Statement::Revoke(revocation) => match &revocation.target {
            Target::Person(person) => persons.contains(person),
            Target::Device(id) => *id == keypair(device).device_id(),
            Target::Grants(named) => named.iter().any(|grant| {
                let holder = authority.capability(grant).map(|held| PersonId(held.subject.key().sign));
                grants.contains(grant) || holder.is_some_and(|holder| persons.contains(&holder))
            }),
        },
        _ => false,
    };
    let counts = |hash: &Hash| authority.acts.contains_key(hash);
    authority.statements().filter(concerns).map(SignedStatement::hash).filter(counts).collect()
}

/// Whether somebody else took the place of one of `grants` in an invitation, or the device was certified twice.
fn displaced(authority: &Authority, device: u16, grants: &BTreeSet<Hash>) -> bool {
    authority.refused().iter().any(|(hash, refusal)| {
        let statement = authority.statement(hash).map(SignedStatement::statement);
        match (refusal, statement) {
            (Refusal::UsedUp, Some(Statement::Grant(late))) => grants.contains(&late.parent),
            (Refusal::DeviceTaken, Some(Statement::Device(other))) => other.device == keypair(device).public(),
            _ => false,
        }
    })
}

fn entries(world: &World) -> Vec<Tip> {
    let cutoffs = world.statements.iter().flat_map(|signed| match signed.statement() {
        Statement::Revoke(revocation) => revocation.cutoffs.clone(),
        _ => Vec::new(),
    });
    cutoffs.chain([tip(0, 1, 200), tip(1, 9, 200)]).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    /// An entry that counts counts on, whatever else is said, until a revocation that counts concerns its author, their
    /// device or somebody their right comes from (and does not keep it), or their right is contested by another bearer of
    /// the same ticket.
    #[test]
    fn nothing_innocent_is_lost(acts in acts(), known in 0usize..80) {
        let world = play(&acts);
        let known = known.min(world.statements.len());
        let mut before = Authority::evaluate(&world.genesis, &world.statements[..known]);
        let entries = entries(&world);
        for signed in &world.statements[known..] {
            let after = before.with([signed]);
            for device in 1001..1007 {
                let id = keypair(device).device_id();
                let Some(author) = before.author_of(&id) else { continue };
                let above = hangs_on(&before, &author);
                let (then, now) = (against(&before, device, &above), against(&after, device, &above));
                if now != then || displaced(&after, device, &above.1) {
                    continue;
                }
                prop_assert_eq!(after.author_of(&id), Some(author));
                for domain in (0..3).map(folder) {
                    for (lane, tip) in Lane::ALL.into_iter().flat_map(|lane| entries.iter().map(move |tip| (lane, tip))) {
                        if before.endorsed.iter().any(|endorsed| endorsed.tip == *tip) {
                            continue;
                        }
                        if before.standing(&id, &domain, lane, tip) == Standing::Accepted {
                            prop_assert_eq!(after.standing(&id, &domain, lane, tip), Standing::Accepted);
                        }
                    }
                }
            }
            before = after;
        }
    }
}
