//! The table is a function of the set of statements: any order, any repetition, any split gives the same.

use enginus_model::{Hash, Instant};
use proptest::prelude::*;

use crate::testing::{OWNER, World, keypair, manager, person, tip, writer};
use crate::{Acting, Authority, Capability, DeviceCertificate, InviteKey, SignedStatement, Statement, Subject, Target};

/// One random act of one random person; most are honest, many are not allowed.
type Act = (u8, u16, u16, u8, i64);

fn play(acts: &[Act]) -> World {
    let mut world = World::new();
    let mut grants = vec![(OWNER, Hash(world.project().0), 0u32)];
    let mut invites: Vec<(enginus_envelope::Keypair, SignedStatement)> = Vec::new();
    for &(kind, who, whom, pick, at) in acts {
        let (holder, parent, rank) = grants[usize::from(pick) % grants.len()];
        let signer = if kind % 11 == 0 { who } else { holder };
        match kind % 7 {
            0 | 1 => {
                let subject = Subject::Person(keypair(whom).public());
                let hash = give(&mut world, signer, subject, parent, rank, pick, at);
                grants.push((whom, hash, rank + 1 + u32::from(pick % 3)));
            }
            2 => {
                let key = keypair(500 + u16::from(pick));
                let terms = InviteKey { key: key.public(), uses: 1 + u32::from(pick % 2), redeem_before: None };
                give(&mut world, signer, Subject::Invite(terms), parent, rank, pick, at);
                invites.push((key, world.statements[world.statements.len() - 1].clone()));
            }
            3 => {
                if let Some(invitation) = invites.get(usize::from(pick) % invites.len().max(1)).cloned() {
                    let rank = invitation.1.grant().map_or(0, |capability| capability.rank);
                    grants.push((whom, world.redeem(&invitation, whom, at), rank));
                }
            }
            4 => {
                let certificate =
                    DeviceCertificate::new(keypair(who).public(), &keypair(1000 + whom), "device", Instant(at));
                world.add(Statement::Device(certificate).sign(&keypair(who)).unwrap());
            }
            _ => {
                let target = match pick % 3 {
                    0 => Target::Person(person(whom)),
                    1 => Target::Grants(vec![grants[usize::from(whom) % grants.len()].1]),
                    _ => Target::Device(keypair(1000 + whom).device_id()),
                };
                let keeps = grants.iter().skip(usize::from(pick) % 4).step_by(2).map(|(_, hash, _)| *hash).collect();
                let acting = Acting { project: world.project(), parent, rank };
                let cutoffs = vec![tip(pick % 3, u64::from(pick % 5), pick)];
                world.revoke_as(signer, &acting, target, cutoffs, keeps);
            }
        }
    }
    world
}

fn give(world: &mut World, signer: u16, subject: Subject, parent: Hash, rank: u32, pick: u8, at: i64) -> Hash {
    let revocations = world
        .statements
        .iter()
        .filter(|signed| matches!(signed.statement(), Statement::Revoke(_)))
        .map(SignedStatement::hash);
    let despite = if pick.is_multiple_of(4) { revocations.take(3).collect() } else { Vec::new() };
    world.forge(signer, 0, parent, |capability| {
        *capability = Capability {
            subject,
            rank: rank + 1 + u32::from(pick % 3),
            scope: if pick.is_multiple_of(2) { manager() } else { writer(pick % 3) },
            nonce: [pick; 16],
            at: Instant(at),
            despite,
            ..capability.clone()
        };
    })
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    prop::collection::vec((any::<u8>(), 1u16..7, 1u16..7, any::<u8>(), 0i64..50), 1..24)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn order_repetition_and_splits_do_not_matter(
        (acts, order, cut) in acts().prop_flat_map(|acts| {
            // Some acts add two statements; the first one is the owner's certificate.
            let indices: Vec<usize> = (0..acts.len() * 2 + 1).collect();
            let length = indices.len();
            (Just(acts), Just(indices).prop_shuffle(), 0..length)
        })
    ) {
        let world = play(&acts);
        let whole = world.authority();
        let shuffled: Vec<&SignedStatement> = order.iter().filter_map(|index| world.statements.get(*index)).collect();
        prop_assert_eq!(shuffled.len(), world.statements.len());

        let permuted = Authority::evaluate(&world.genesis, shuffled.iter().copied());
        prop_assert_eq!(&permuted, &whole);

        let (one, two) = shuffled.split_at(cut.min(shuffled.len()));
        let stepwise = Authority::evaluate(&world.genesis, one.iter().copied()).with(two.iter().copied());
        prop_assert_eq!(&stepwise, &whole);
        let repeated = stepwise.with(shuffled.iter().rev().copied()).with(one.iter().copied());
        prop_assert_eq!(&repeated, &whole);
        let mut one_by_one = Authority::evaluate(&world.genesis, []);
        for signed in &shuffled {
            one_by_one = one_by_one.with([*signed]);
        }
        prop_assert_eq!(&one_by_one, &whole);
    }

    /// Whatever is said, every grant that counts leads to the genesis through holders, never wider, never upwards.
    #[test]
    fn whatever_counts_is_proved(acts in acts()) {
        let world = play(&acts);
        let authority = world.authority();
        for member in authority.members() {
            for grant in &member.grants {
                let chain = authority.chain(grant);
                let mut above = Capability::root(&world.genesis);
                for signed in chain {
                    let capability = signed.grant().unwrap();
                    prop_assert_eq!(capability.issuer, above.subject.key().sign);
                    if above.subject.is_invite() {
                        prop_assert_eq!(&capability.scope, &above.scope);
                    } else {
                        prop_assert_eq!(crate::attenuates(capability, &above), Ok(()));
                    }
                    above = capability.clone();
                }
            }
        }
        // The founding owner is never removed.
        prop_assert_eq!(authority.rank(&person(OWNER)), Some(0));
    }

    /// A stranger's statements change nothing for anybody. Numbers from 500 to 755 are invite keys of the acts.
    #[test]
    fn strangers_have_no_say(acts in acts(), pick in any::<u8>(), whom in 1u16..7) {
        let world = play(&acts);
        let before = world.authority();
        let mut strangers = World { statements: Vec::new(), ..world };
        let parents: Vec<Hash> = before.held.keys().copied().collect();
        let parent = parents[usize::from(pick) % parents.len()];
        give(&mut strangers, 900, Subject::Person(keypair(901).public()), parent, 1, pick, 0);
        let acting = Acting { project: *before.project(), parent, rank: 0 };
        strangers.revoke_as(900, &acting, Target::Person(person(whom)), vec![], vec![]);
        strangers.revoke_as(900, &acting, Target::Device(keypair(1000 + whom).device_id()), vec![], vec![]);
        strangers.certify(900);
        let after = before.with(&strangers.statements);
        prop_assert_eq!(&after.held, &before.held);
        prop_assert_eq!(&after.devices, &before.devices);
        prop_assert_eq!(after.members(), before.members());
    }
}
