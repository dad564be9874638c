//! The table is a function of the set of statements: any order, any repetition, any split gives the same, and it is what the
//! rules say.

use enginus_model::Hash;
use proptest::prelude::*;

use crate::acts::{acts, give, play};
use crate::oracle::Oracle;
use crate::oracle_acts::told;
use crate::testing::{OWNER, World, keypair, person};
use crate::{Acting, Authority, Capability, SignedStatement, Subject, Target};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

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

    /// In any order, one by one and in batches, after every step: what the rules say when they are followed plainly.
    #[test]
    fn the_table_is_what_the_rules_say(
        (acts, order) in acts().prop_flat_map(|acts| {
            let indices: Vec<usize> = (0..acts.len() * 2 + 1).collect();
            (Just(acts), Just(indices).prop_shuffle())
        }),
        shuffled in any::<bool>(),
        batches in prop::collection::vec(1usize..4, 1..6),
    ) {
        let world = play(&acts);
        let order: Vec<usize> = if shuffled { order } else { (0..world.statements.len()).collect() };
        let all: Vec<&SignedStatement> = order.iter().filter_map(|index| world.statements.get(*index)).collect();
        let mut authority = Authority::evaluate(&world.genesis, []);
        let mut known = 0;
        for batch in batches.iter().cycle() {
            if known >= all.len() {
                break;
            }
            let next = (known + batch).min(all.len());
            authority = authority.with(all[known..next].iter().copied());
            known = next;
            prop_assert_eq!(told(&authority), Oracle::outcome(&world.genesis, all[..known].iter().copied()));
        }
        prop_assert_eq!(&authority, &world.authority());
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
