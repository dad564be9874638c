//! The access list against the real access it is made from.

use enginus_model::{Hash, Instant, Lane};
use proptest::prelude::*;

use crate::acts::play;
use crate::testing::{OWNER, World, folder, keypair, manager, offer, person, rng, world, writer};
use crate::{AccessList, Authority, Listed, MAX_LIST_UPDATES, SignedStatement, Target};

const NOW: Instant = Instant(100);

fn device(n: u16) -> enginus_model::DeviceId {
    keypair(1000 + n).device_id()
}

/// The list after every one of `managers` compared it with the real access, and every one of `members` introduced their device.
fn told(list: &AccessList, real: &Authority, managers: &[u16], members: &[u16]) -> AccessList {
    let mut list = list.clone();
    for n in managers {
        loop {
            let updates = list.updates(real, &keypair(*n), &mut rng(u64::from(*n)));
            if updates.is_empty() {
                break;
            }
            assert!(updates.len() <= MAX_LIST_UPDATES);
            list = list.with(&updates);
        }
    }
    let introduced: Vec<SignedStatement> =
        members.iter().map(|n| AccessList::introduce(&keypair(*n), &keypair(1000 + n)).unwrap()).collect();
    list.with(&introduced)
}

fn empty(world: &World) -> AccessList {
    AccessList::new(&world.genesis, [])
}

#[test]
fn a_list_says_what_the_project_says() {
    let (world, ..) = world();
    let real = world.authority();
    let list = told(&empty(&world), &real, &[OWNER], &[OWNER, 2, 3]);
    for n in [OWNER, 2, 3] {
        assert_eq!(list.listed(&device(n), NOW), Listed::Member);
        for domain in [folder(1), folder(2), enginus_model::DomainId::keys(&world.project())] {
            assert_eq!(list.may_get(&device(n), &domain, NOW), real.may_pull(&device(n), &domain), "{n}");
            for lane in Lane::ALL {
                let put = list.may_put(&device(n), &domain, lane, NOW);
                assert_eq!(put, real.may_write(&device(n), &domain, lane), "{n}");
            }
        }
    }
    assert_eq!(list.listed(&device(4), NOW), Listed::Unknown);
    assert!(list.is_owner(&device(OWNER)) && !list.is_owner(&device(2)));
}

#[test]
fn it_says_nothing_of_what_is_meant_for_people() {
    let (mut world, ..) = world();
    let cancelled = world.invite(2, &offer("contractor", 40, writer(1)), 1).1.hash();
    world.revoke(2, Target::Grants(vec![cancelled]), Vec::new(), Vec::new());
    let list = told(&empty(&world), &world.authority(), &[OWNER], &[OWNER, 2, 3]);
    for statement in list.statements() {
        for word in ["contractor", "document-controller", "owner", "device", "test"] {
            let found = statement.bytes().windows(word.len()).any(|window| window == word.as_bytes());
            assert!(!found, "{word}");
        }
    }
}

#[test]
fn no_statement_of_the_one_counts_in_the_other() {
    let (world, ..) = world();
    let real = world.authority();
    let list = told(&empty(&world), &real, &[OWNER], &[]);
    let mixed = real.with(list.statements());
    assert_eq!(mixed.members(), real.members(), "a relay cannot give access with what it was told");
    let fed = empty(&world).with(&world.statements);
    assert_eq!(fed.listed(&device(3), NOW), Listed::Unknown);
}

#[test]
fn whoever_has_the_ticket_joins_with_the_relay_alone() {
    let mut world = World::new();
    let invitation = world.invite(OWNER, &offer("contractor", 30, writer(1)), 2);
    let list = told(&empty(&world), &world.authority(), &[OWNER], &[OWNER]);

    let chain = list.chain_to(&invitation.0.public().sign);
    assert!(list.is_open(&invitation.0.public().sign, NOW));
    assert!(list.chain_to(&keypair(77).public().sign).is_empty());
    let real = world.redeem(&invitation, 5, 30);
    let redeemed = AccessList::redeem(&invitation.0, chain.last().unwrap(), &keypair(5), &real).unwrap();
    let introduced = AccessList::introduce(&keypair(5), &keypair(1005)).unwrap();
    let list = list.with([&redeemed, &introduced]);
    assert_eq!(list.listed(&device(5), NOW), Listed::Member);
    assert!(list.may_put(&device(5), &folder(1), Lane::Records, NOW));

    // A manager who hears of it has nothing to add, and nothing to take back.
    assert_eq!(list.updates(&world.authority(), &keypair(OWNER), &mut rng(1)), []);
}

#[test]
fn a_removal_closes_the_list_and_leaves_whom_they_brought_in() {
    let (mut world, controller, _) = world();
    world.grant(2, 4, &offer("contractor", 40, writer(2)));
    let list = told(&empty(&world), &world.authority(), &[OWNER, 2], &[OWNER, 2, 3, 4]);
    let keeps = world.authority().made_by(&person(2));
    world.revoke(OWNER, Target::Person(person(2)), Vec::new(), keeps);
    // Somebody who has not heard of it takes nothing back; somebody who has does.
    let list = told(&list, &world.authority(), &[3, OWNER], &[]);
    assert_eq!(list.listed(&device(2), NOW), Listed::Former);
    assert_eq!(list.listed(&device(4), NOW), Listed::Member);
    assert!(!list.may_get(&device(2), &folder(1), NOW));
    assert!(world.authority().is_closed(&controller));

    // They come back, under another grant.
    let removal = world.statements.last().unwrap().hash();
    let mut again = offer("document-controller", 10, manager());
    again.despite = vec![removal];
    world.grant(OWNER, 2, &again);
    let list = told(&list, &world.authority(), &[OWNER], &[]);
    assert_eq!(list.listed(&device(2), NOW), Listed::Member);
}

#[test]
fn a_removed_device_is_removed_alone() {
    let (mut world, ..) = world();
    let list = told(&empty(&world), &world.authority(), &[OWNER], &[OWNER, 2, 3]);
    let second = AccessList::introduce(&keypair(3), &keypair(1033)).unwrap();
    let list = list.with([&second]);
    assert_eq!(list.listed(&device(33), NOW), Listed::Member, "a person adds their own device");
    world.revoke(OWNER, Target::Device(device(3)), Vec::new(), Vec::new());
    let list = told(&list, &world.authority(), &[OWNER], &[]);
    assert_eq!(list.listed(&device(3), NOW), Listed::Former);
    assert_eq!(list.listed(&device(33), NOW), Listed::Member);
}

#[test]
fn what_a_manager_has_not_heard_of_stays() {
    let (mut world, ..) = world();
    let before = world.authority();
    world.grant(OWNER, 6, &offer("contractor", 30, writer(1)));
    let list = told(&empty(&world), &world.authority(), &[OWNER], &[OWNER, 2, 6]);
    let after = told(&list, &before, &[2], &[]);
    assert_eq!(after.listed(&device(6), NOW), Listed::Member);
}

#[test]
fn an_end_date_ends_it_by_the_relays_clock() {
    let mut world = World::new();
    let mut short = offer("contractor", 30, writer(1));
    short.not_after = Some(Instant(50));
    world.grant(OWNER, 7, &short);
    let list = told(&empty(&world), &world.authority(), &[OWNER], &[7]);
    assert_eq!(list.listed(&device(7), Instant(50)), Listed::Member);
    assert_eq!(list.listed(&device(7), Instant(51)), Listed::Former);
    assert!(!list.may_get(&device(7), &folder(1), Instant(51)));
}

#[test]
fn nobody_puts_themselves_on_it() {
    let (world, ..) = world();
    let list = told(&empty(&world), &world.authority(), &[OWNER], &[OWNER]);
    let stranger = AccessList::introduce(&keypair(9), &keypair(1009)).unwrap();
    let mut pretended = World { genesis: world.genesis.clone(), statements: Vec::new(), rng: rng(3) };
    pretended.forge(9, 9, Hash(list.project().0), |_| {});
    let list = list.with(&pretended.statements).with([&stranger]);
    assert_eq!(list.listed(&device(9), NOW), Listed::Unknown);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Whatever is decided in a project: once its owner has compared, the list gives every device what the project gives it.
    #[test]
    fn after_any_decisions_the_owner_makes_it_right(
        acts in prop::collection::vec((any::<u8>(), 1u16..9, 1u16..9, any::<u8>(), 0i64..50), 1..40),
        at in 0usize..40,
    ) {
        let before = play(&acts[..at.min(acts.len())]);
        let real = play(&acts).authority();
        let list = told(&empty(&before), &before.authority(), &[OWNER], &(1..9).collect::<Vec<u16>>());
        let list = told(&list, &real, &[OWNER], &[]);
        for n in 1..9 {
            if real.author_of(&device(n)) != Some(person(n)) { continue }
            let member = real.person_of(&device(n)).is_some_and(|person| real.rank(&person).is_some());
            prop_assert_eq!(list.listed(&device(n), Instant(0)) == Listed::Member, member, "{}", n);
            for domain in [folder(1), folder(2)] {
                let (said, is) = (list.may_get(&device(n), &domain, Instant(0)), real.may_pull(&device(n), &domain));
                prop_assert_eq!(said, is, "{}", n);
            }
        }
    }
}
