//! Tickets: what a good one gives, and what a bad one says.

use enginus_model::Instant;
use proptest::prelude::*;

use crate::testing::{OWNER, World, keypair, manager, offer, person, rng, writer};
use crate::{
    Genesis, InviteSeed, Refusal, Removal, StatementError, Target, Terms, Ticket, TicketCheckError, TicketKey,
    TicketTextError, invite, revoke,
};

/// A ticket by a document controller (2), two grants below the genesis.
fn ticket() -> (World, Ticket) {
    let mut world = World::new();
    world.grant(OWNER, 2, &offer("document-controller", 10, manager()));
    let offer = offer("contractor", 30, writer(1));
    let acting = world.authority().acting_for(&person(2), &offer).unwrap();
    let terms = Terms { uses: 1, redeem_before: Some(Instant(100)) };
    let (key, signed) = invite(&keypair(2), &acting, &offer, terms, &mut world.rng).unwrap();
    let invitation = world.add(signed);
    let device = keypair(1002).device_id();
    let ticket = Ticket {
        genesis: world.genesis.encode(),
        project_name: "Güneş 5 MW".to_owned(),
        inviter: keypair(2).public(),
        device,
        addresses: vec!["192.0.2.7:40123".to_owned()],
        buckets: vec!["s3://bucket/prefix".to_owned()],
        relays: vec![],
        key: TicketKey::Bearer(InviteSeed::of(&key)),
        statements: Ticket::proof(&world.authority(), &invitation, &device),
    };
    (world, ticket)
}

#[test]
fn a_ticket_is_carried_as_text_and_proves_itself_offline() {
    let (world, ticket) = ticket();
    let text = ticket.to_string();
    let read: Ticket = text.parse().unwrap();
    assert_eq!(read, ticket);
    let checked = read.check().unwrap();
    assert_eq!(checked.project, world.project());
    assert_eq!(checked.statements.len(), 3);
    let capability = checked.capability().unwrap();
    assert_eq!((capability.role.as_str(), capability.rank), ("contractor", 30));
    assert!(!checked.expired(Instant(100)));
    assert!(checked.expired(Instant(101)));
    let key = checked.bearer.as_ref().unwrap().keypair();
    let joined =
        crate::redeem(&key, &checked.invitation, &keypair(5), &keypair(1005), "laptop", Instant(50), &mut rng(1))
            .unwrap();
    assert_eq!(checked.authority.with(&joined).rank(&person(5)), Some(30));
    assert!(text.len() < 2000, "{} letters: too many for one QR code", text.len());
}

#[test]
fn debug_hides_the_secret() {
    let (_, ticket) = ticket();
    let TicketKey::Bearer(seed) = &ticket.key else { unreachable!() };
    let secret: String = format!("{:?}", seed.keypair().seed()).chars().take(40).collect();
    assert!(!format!("{ticket:?}").contains(secret.trim_start_matches('[')));
}

#[test]
fn a_ticket_for_one_known_person_carries_no_secret() {
    let mut world = World::new();
    world.grant(OWNER, 2, &offer("document-controller", 10, manager()));
    let granted = world.grant(2, 5, &offer("contractor", 30, writer(1)));
    let (_, open) = ticket();
    let bound = Ticket {
        genesis: world.genesis.encode(),
        key: TicketKey::Person(keypair(5).public()),
        statements: Ticket::proof(&world.authority(), &granted, &keypair(1002).device_id()),
        ..open
    };
    let checked = bound.to_string().parse::<Ticket>().unwrap().check().unwrap();
    assert_eq!(checked.bearer, None);
    let for_another = Ticket { key: TicketKey::Person(keypair(6).public()), ..bound };
    assert_eq!(for_another.check(), Err(TicketCheckError::NoInvitation));
}

#[test]
fn a_chain_with_a_missing_link_is_broken() {
    let (_, ticket) = ticket();
    for missing in 0..3 {
        let mut cut = ticket.clone();
        cut.statements.remove(missing);
        let expected = match missing {
            0 => TicketCheckError::NotTheInvitersDevice,
            1 => TicketCheckError::Broken(Refusal::UnknownIssuer),
            _ => TicketCheckError::NoInvitation,
        };
        let problem = cut.check().unwrap_err();
        match (&problem, &expected) {
            // Without the inviter's own grant, their certificate does not count either; either is named.
            (TicketCheckError::Broken(_), TicketCheckError::Broken(_)) => {}
            _ => assert_eq!(problem, expected, "without {missing}"),
        }
    }
}

#[test]
fn a_ticket_that_names_another_project_than_its_genesis_is_refused() {
    let (_, ticket) = ticket();
    let other = Genesis::new(keypair(OWNER).public(), Instant(1), &mut rng(50));
    let swapped = Ticket { genesis: other.encode(), ..ticket.clone() };
    assert_eq!(swapped.check(), Err(TicketCheckError::AnotherProject));
    let junk = Ticket { genesis: vec![1, 2, 3], ..ticket };
    assert!(matches!(junk.check(), Err(TicketCheckError::Genesis(_))));
}

#[test]
fn a_ticket_with_an_altered_statement_a_wrong_key_or_device_is_refused() {
    let (_, ticket) = ticket();
    let mut altered = ticket.clone();
    let last = altered.statements[2].len() - 1;
    altered.statements[2][last] ^= 1;
    assert_eq!(altered.check(), Err(TicketCheckError::Statement(StatementError::BadSignature)));
    let wrong_key = Ticket { key: TicketKey::Bearer(InviteSeed::of(&keypair(44))), ..ticket.clone() };
    assert_eq!(wrong_key.check(), Err(TicketCheckError::NoInvitation));
    let wrong_device = Ticket { device: keypair(1009).device_id(), ..ticket.clone() };
    assert_eq!(wrong_device.check(), Err(TicketCheckError::NotTheInvitersDevice));
    let wrong_inviter = Ticket { inviter: keypair(9).public(), ..ticket };
    assert_eq!(wrong_inviter.check(), Err(TicketCheckError::NotTheInvitersDevice));
}

#[test]
fn a_ticket_whose_inviter_was_removed_is_refused_once_that_is_known() {
    let (mut world, ticket) = ticket();
    let authority = world.authority();
    let target = Target::Person(person(2));
    let acting = authority.acting_against(&person(OWNER), &target).unwrap();
    let removal = Removal { target, cutoffs: vec![], keeps: vec![], reason: String::new(), at: Instant(5) };
    let signed = revoke(&keypair(OWNER), &acting, removal, &mut world.rng).unwrap();
    let checked = ticket.check().unwrap();
    assert_eq!(checked.authority.invitations().len(), 1);
    assert!(checked.authority.with([&signed]).invitations().is_empty());
}

#[test]
fn each_bad_text_says_what_is_wrong() {
    let (_, ticket) = ticket();
    let text = ticket.to_string();
    let parse = |text: &str| text.parse::<Ticket>().unwrap_err();
    assert_eq!(parse("see you at the site"), TicketTextError::Foreign);
    assert_eq!(parse(&text[..text.len() / 2]), TicketTextError::Truncated);
    assert_eq!(parse(&text[..text.len() - 1]), TicketTextError::Truncated);
    assert_eq!(parse(&format!("{text} and more")), TicketTextError::Damaged);
    assert_eq!(parse(&text.replacen("enginus1", "enginus3", 1)), TicketTextError::NewerVersion { found: 3 });
    // A text of this version around a payload of a newer one, and around something else.
    assert_eq!(parse(&crate::ticket_text::to_text(&[2, 0, 0])), TicketTextError::NewerVersion { found: 2 });
    assert_eq!(parse(&crate::ticket_text::to_text(&[1, 0, 0])), TicketTextError::Damaged);
    for (error, hint) in [
        (TicketTextError::Foreign, "ask the person"),
        (TicketTextError::Truncated, "copy it whole"),
        (TicketTextError::Damaged, "copy it again"),
        (TicketTextError::NewerVersion { found: 2 }, "update ENGINUS"),
    ] {
        assert!(error.to_string().contains(hint), "{error}");
    }
}

#[test]
fn a_ticket_beyond_its_limits_is_not_read() {
    let (_, ticket) = ticket();
    let crowded = Ticket { addresses: vec![String::new(); 33], ..ticket };
    assert!(!crowded.is_well_formed());
    assert_eq!(crowded.to_string().parse::<Ticket>(), Err(TicketTextError::Damaged));
}

proptest! {
    #[test]
    fn junk_is_refused_without_a_panic(text in "(enginus1)?[a-z2-7 ]{0,200}") {
        prop_assert!(text.parse::<Ticket>().is_err());
    }

    #[test]
    fn any_one_wrong_letter_is_noticed(at in 0usize..4000, letter in "[a-z2-7]") {
        let (_, ticket) = ticket();
        let mut text = ticket.to_string();
        let at = at % text.len();
        text.replace_range(at..=at, &letter);
        prop_assert!(text == ticket.to_string() || text.parse::<Ticket>().is_err());
    }
}
