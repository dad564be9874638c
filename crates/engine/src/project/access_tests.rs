//! Access as several devices see it together: removals, reviews, epochs, and everything in any order.

use std::collections::BTreeSet;

use enginus_access::{EpochRecord, Purpose, Seal};
use enginus_crdt::{Edit, Shard, ShardId};
use enginus_envelope::{Parts, Signature};
use enginus_model::{DomainId, EpochId, Hash, Lane};
use proptest::prelude::*;

use super::Held;
use super::gathered::Intake;
use super::testing::Site;
use super::write::new_document_id;
use crate::ambient;

const FOLDER: &str = "projects";

fn held(site: &Site) -> BTreeSet<(Hash, String)> {
    site.project.state.held.iter().map(|(key, held)| (key.hash, held.to_string())).collect()
}

/// Owner, contractor, colleague, and a consultant who wrote nothing; all know each other and two documents.
fn four() -> (Site, Site, Site, Site, [enginus_model::DocumentId; 2]) {
    let mut owner = Site::owner();
    let documents = [owner.plan(FOLDER, "SP-001"), owner.plan(FOLDER, "SP-002")];
    let mut contractor = owner.member("Contractor", "contractor");
    let mut colleague = owner.member("Colleague", "contractor");
    let mut consultant = owner.member("Consultant", "consultant");
    for member in [&mut contractor, &mut colleague, &mut consultant] {
        owner.meet(member);
    }
    for member in [&mut contractor, &mut colleague, &mut consultant] {
        owner.meet(member);
    }
    (owner, contractor, colleague, consultant, documents)
}

/// The contractor retitles one document, the colleague builds on it; the contractor goes on alone and is removed meanwhile.
fn removed_meanwhile() -> (Site, Site, Site, Site) {
    let (mut owner, mut contractor, mut colleague, consultant, [first, second]) = four();
    contractor.retitle(FOLDER, first, "AS FOUND");
    colleague.take(&contractor.envelopes());
    colleague.retitle(FOLDER, first, "AS FOUND, CHECKED");
    contractor.retitle(FOLDER, second, "ALONE");
    contractor.plan(FOLDER, "SP-500");
    owner.project.revoke_member(contractor.me(), "left").unwrap();
    owner.plan(FOLDER, "SP-003");
    (owner, contractor, colleague, consultant)
}

fn titles(site: &Site) -> Vec<String> {
    site.register().into_iter().map(|(_, number, title)| format!("{number} {title}")).collect()
}

#[test]
fn colleagues_work_stands_and_the_rest_waits_on_every_device() {
    let (mut owner, mut contractor, mut colleague, mut consultant) = removed_meanwhile();
    owner.meet(&mut colleague);
    owner.take(&contractor.envelopes());
    colleague.take(&contractor.envelopes());
    owner.meet(&mut colleague);
    consultant.take(&owner.envelopes());
    let expected = ["SP-001 AS FOUND, CHECKED", "SP-002 SP-002", "SP-003 SP-003"];
    for site in [&owner, &colleague, &consultant] {
        assert_eq!(titles(site), expected);
        assert_eq!(site.project.review_keys().count(), 2);
    }
    // The contractor's own device keeps what was there.
    contractor.take(&owner.envelopes());
    assert!(contractor.project.is_removed());
    assert!(titles(&contractor).contains(&"SP-500 SP-500".to_owned()));
    assert!(contractor.project.require_write(&contractor.folder(FOLDER), Lane::Records).is_err());

    assert_eq!(owner.project.accept_held(&[], "agreed").unwrap(), 2);
    owner.meet(&mut colleague);
    consultant.take(&owner.envelopes());
    for site in [&owner, &colleague, &consultant] {
        assert_eq!(titles(site), ["SP-001 AS FOUND, CHECKED", "SP-002 ALONE", "SP-003 SP-003", "SP-500 SP-500"]);
        assert_eq!(site.project.review_keys().count(), 0);
    }
}

#[test]
fn nothing_written_after_a_removal_opens_with_what_the_removed_device_has() {
    let (mut owner, mut contractor, mut colleague, _) = removed_meanwhile();
    owner.meet(&mut colleague);
    owner.plan(FOLDER, "SP-600");
    colleague.plan(FOLDER, "SP-601");
    owner.meet(&mut colleague);
    let before: BTreeSet<Vec<u8>> = contractor.envelopes().into_iter().collect();
    contractor.take(&owner.envelopes());
    assert!(contractor.project.is_removed(), "told of the removal");
    let epochs = &contractor.project.state.epochs;
    for bytes in owner.envelopes().iter().chain(&colleague.envelopes()).filter(|bytes| !before.contains(*bytes)) {
        let envelope = enginus_envelope::Envelope::decode(bytes).unwrap();
        let told = envelope.header.domain == DomainId::authority(&owner.project.id());
        let late = owner.project.state.authority_log.contains(&envelope.hash()) || told;
        let opens = epochs.secret(&envelope.header.domain, &envelope.header.epoch).is_some();
        // What the colleague wrote before they knew is the one thing the removed member may still read, and the removal itself.
        let unknowing = envelope.header.device == colleague.project.device();
        assert!(!opens || late || unknowing, "{:?} seq {}", envelope.header.domain, envelope.header.seq);
    }
    for number in ["SP-600", "SP-601", "SP-003"] {
        assert!(!titles(&contractor).iter().any(|row| row.starts_with(number)), "{number}");
    }
}

#[test]
fn a_writer_who_learns_of_a_removal_never_writes_under_a_secret_the_removed_hold() {
    let (mut owner, contractor, mut colleague, _) = removed_meanwhile();
    // The colleague gets the removal, but not the owner's new epochs.
    let keys = DomainId::keys(&owner.project.id());
    let without_keys: Vec<Vec<u8>> = owner
        .envelopes()
        .into_iter()
        .filter(|bytes| enginus_envelope::Envelope::decode(bytes).unwrap().header.domain != keys)
        .collect();
    colleague.take(&without_keys);
    assert!(colleague.project.authority().rank(&contractor.me()).is_none(), "the colleague knows of the removal");
    colleague.plan(FOLDER, "SP-700");
    let folder = colleague.folder(FOLDER);
    let newest = colleague.project.own().newest(&folder).unwrap();
    let entry = colleague.project.store().read().unwrap().entry(&newest).unwrap().unwrap();
    let epoch = enginus_envelope::Envelope::decode(&entry.envelope).unwrap().header.epoch;
    assert!(contractor.project.state.epochs.secret(&folder, &epoch).is_none());
    // Two rotations that did not know of each other: everybody goes on.
    owner.meet(&mut colleague);
    owner.plan(FOLDER, "SP-701");
    owner.meet(&mut colleague);
    assert_eq!(titles(&owner), titles(&colleague));
    assert!(
        titles(&owner).contains(&"SP-700 SP-700".to_owned()) && titles(&owner).contains(&"SP-701 SP-701".to_owned())
    );
}

#[test]
fn another_role_takes_reading_and_writing_away_and_keeps_the_past() {
    let (mut owner, mut contractor, mut colleague, ..) = four();
    contractor.plan(FOLDER, "SP-010");
    owner.meet(&mut contractor);
    let offer = owner.offer("investor", true);
    let change = owner.project.change_role(contractor.me(), &offer, "finished on site").unwrap();
    assert!(change.done && change.loses_writing.contains(&"Projects".to_owned()), "{change:?}");
    owner.meet(&mut contractor);
    owner.meet(&mut colleague);
    assert!(!contractor.project.is_removed());
    assert!(contractor.project.require_write(&contractor.folder(FOLDER), Lane::Records).is_err());
    owner.plan(FOLDER, "SP-011");
    owner.meet(&mut contractor);
    assert_eq!(titles(&contractor), titles(&owner), "an investor still reads");
    let mine = owner.me();
    assert!(owner.project.change_role(mine, &offer, "x").is_err());
    assert!(colleague.project.revoke_member(contractor.me(), "x").is_err(), "equals do not remove each other");
}

#[test]
fn a_cancelled_invitation_lets_nobody_in_and_opens_nothing_new() {
    let mut owner = Site::owner();
    let offer = owner.offer("contractor", true);
    let made = owner.project.invite(&offer, enginus_access::Terms { uses: 1, redeem_before: None }).unwrap();
    let invitation = owner.project.authority().invitations()[0].statement;
    owner.project.cancel_invitation(invitation, "sent to the wrong address").unwrap();
    owner.plan(FOLDER, "SP-020");
    let enginus_access::TicketKey::Bearer(seed) = made.key else { panic!() };
    let key = seed.keypair();
    let (folder, epoch) = (owner.folder(FOLDER), newest_epoch(&owner));
    assert!(owner.project.open_invitations().is_empty());
    assert!(!owner.project.authority().is_open_invitation(&key));
    assert!(!owner.project.state.epochs.is_sealed_to(&folder, &epoch, &key.public().seal));
}

#[test]
fn a_ticket_that_was_used_takes_nobodys_place_and_opens_nothing_new() {
    let mut owner = Site::owner();
    let ticket = owner.ticket("contractor", true);
    let key = ticket.check().unwrap().bearer.unwrap().keypair().public();
    let before = owner.envelopes();
    let mut contractor = owner.joined("Contractor", &ticket);
    let mut thief = Site::backdated(&ticket);
    thief.take(&before);
    assert!(thief.project.is_active(), "as long as nobody tells them");
    thief.plan(FOLDER, "SP-STOLEN");

    owner.meet(&mut contractor);
    owner.plan(FOLDER, "SP-AFTER");
    let (folder, epoch) = (owner.folder(FOLDER), newest_epoch(&owner));
    assert!(
        owner
            .project
            .state
            .epochs
            .known(&folder)
            .iter()
            .any(|epoch| { owner.project.state.epochs.is_sealed_to(&folder, epoch, &key.seal) })
    );
    assert!(
        !owner.project.state.epochs.is_sealed_to(&folder, &epoch, &key.seal),
        "nothing new is sealed to the ticket"
    );
    owner.take(&thief.envelopes());
    owner.meet(&mut contractor);
    thief.take(&owner.envelopes());
    for site in [&owner, &contractor] {
        let members = site.project.authority().members();
        assert_eq!(members.iter().filter(|member| member.person.person_id() == contractor.me()).count(), 1);
        assert!(members.iter().all(|member| member.person.person_id() != thief.me()));
        assert_eq!(titles(site), ["SP-AFTER SP-AFTER"]);
    }
    assert!(!titles(&thief).contains(&"SP-AFTER SP-AFTER".to_owned()), "the ticket opens nothing that came after");
    contractor.plan(FOLDER, "SP-MINE");
    owner.meet(&mut contractor);
    assert_eq!(titles(&owner), ["SP-AFTER SP-AFTER", "SP-MINE SP-MINE"]);
}

/// The epoch of the newest entry that a device wrote in the folder.
fn newest_epoch(site: &Site) -> EpochId {
    let newest = site.project.own().newest(&site.folder(FOLDER)).unwrap();
    let entry = site.project.store().read().unwrap().entry(&newest).unwrap().unwrap();
    enginus_envelope::Envelope::decode(&entry.envelope).unwrap().header.epoch
}

#[test]
fn nobody_takes_the_others_back_to_an_epoch_of_the_past() {
    let mut owner = Site::owner();
    owner.plan(FOLDER, "SP-OLD");
    let (folder, past) = (owner.folder(FOLDER), newest_epoch(&owner));
    let mut late = owner.invited("Late", "contractor", false);
    owner.meet(&mut late);
    owner.plan(FOLDER, "SP-NEW");
    owner.meet(&mut late);
    let newest = newest_epoch(&owner);
    assert_ne!(newest, past);

    let device = late.project.identity().device.clone();
    let mut forged = EpochRecord {
        project: late.project.id(),
        domain: folder,
        epoch: past,
        purpose: Purpose::Opens,
        previous: late.project.state.epochs.known(&folder),
        link: vec![7; 64],
        seals: vec![Seal { key: owner.project.identity().device.public().seal, sealed: vec![7; 80] }],
        issuer: device.device_id(),
        signature: Signature([0; 64]),
    };
    forged.signature = device.sign("enginus 1 epoch record", &forged.encode());
    EpochRecord::decode(&forged.encode()).unwrap();
    let mut intake = Intake::default();
    let written = late.project.write_keys(vec![forged], &mut intake);
    late.project.commit_own(written, intake).unwrap();
    owner.meet(&mut late);
    owner.plan(FOLDER, "SP-AFTER");
    owner.meet(&mut late);
    assert_ne!(newest_epoch(&owner), past);
    let theirs = device.public().seal;
    assert!(!owner.project.state.epochs.is_sealed_to(&folder, &past, &theirs), "nobody gives them the past");
    assert_eq!(titles(&late), ["SP-AFTER SP-AFTER", "SP-NEW SP-NEW"]);
}

#[test]
fn many_keys_take_several_envelopes() {
    let mut owner = Site::owner();
    let (folder, device) = (owner.folder(FOLDER), owner.project.identity().device.clone());
    let readers = owner.project.epoch_readers(&folder);
    let records: Vec<EpochRecord> = (0..2500)
        .flat_map(|_| {
            EpochRecord::open_epoch(owner.project.id(), folder, &[], &readers, &device, &mut ambient::rng()).records
        })
        .collect();
    let before = owner.envelopes().len();
    let mut intake = Intake::default();
    let written = owner.project.write_keys(records, &mut intake);
    owner.project.commit_own(written, intake).unwrap();
    assert_eq!(owner.envelopes().len(), before + 3);
    assert!(owner.copy().project.state.epochs.known(&folder).len() > 2500);
}

#[test]
fn somebody_who_comes_from_now_on_reads_nothing_older_and_everything_newer() {
    let mut owner = Site::owner();
    owner.plan(FOLDER, "SP-OLD");
    let mut late = owner.invited("Late", "contractor", false);
    owner.meet(&mut late);
    assert!(titles(&late).is_empty(), "{:?}", titles(&late));
    owner.plan(FOLDER, "SP-NEW");
    owner.meet(&mut late);
    assert_eq!(titles(&late), ["SP-NEW SP-NEW"]);
    late.plan(FOLDER, "SP-LATE");
    owner.meet(&mut late);
    assert_eq!(titles(&owner), ["SP-LATE SP-LATE", "SP-NEW SP-NEW", "SP-OLD SP-OLD"]);
}

/// A change as somebody with their own program writes it.
fn hostile(site: &mut Site, slug: &str, generation: u32, parts: usize) {
    let domain = site.folder(slug);
    written_as(site, domain, generation, parts, ambient::random(), &format!("H-{generation}"));
}

/// The same under an actor of one's choice.
fn written_as(site: &mut Site, domain: DomainId, generation: u32, parts: usize, nonce: [u8; 6], number: &str) {
    let id = ShardId { domain, lane: Lane::Records, generation };
    let log = site.project.own().log(&domain);
    let mut shard = Shard::new(id);
    let mut all = Vec::new();
    for _ in 0..parts {
        let add = Edit::AddDocument {
            id: new_document_id(),
            number: number.to_owned(),
            title: "hostile".to_owned(),
            path: String::new(),
            fields: Default::default(),
            revision: None,
        };
        let pending = shard.edit(id.actor(&log, &nonce), log, ambient::now(), &[add]).unwrap();
        shard.confirm(pending.id);
        all.push(pending.changes);
    }
    let mut intake = Intake::default();
    let written = site.project.write(domain, Lane::Records, Parts::Changes(all), &mut intake);
    site.project.commit_own(written, intake).unwrap();
}

#[test]
fn a_generation_out_of_all_reason_costs_nobody_anything() {
    let mut owner = Site::owner();
    let mut insider = owner.member("Insider", "contractor");
    hostile(&mut insider, FOLDER, u32::MAX, 1);
    owner.take(&insider.envelopes());
    owner.plan(FOLDER, "SP-030");
    assert!(titles(&owner).contains(&"SP-030 SP-030".to_owned()));
    owner.project.begin_generation(owner.folder(FOLDER)).unwrap();
    owner.plan(FOLDER, "SP-031");
    let again = owner.copy();
    assert_eq!(titles(&again), titles(&owner));
}

#[test]
fn the_directory_has_one_generation_and_nobody_adds_another() {
    let mut owner = Site::owner();
    let mut insider = owner.member("Insider", "contractor");
    let directory = DomainId::directory(&owner.project.id());
    written_as(&mut insider, directory, 3, 1, ambient::random(), "X");
    owner.take(&insider.envelopes());
    assert!(held(&owner).iter().any(|(_, why)| why.contains("no such part")), "{:?}", held(&owner));
    assert_eq!(owner.project.members().len(), 2);
}

#[test]
fn what_was_not_committed_leaves_no_gap_in_the_own_log() {
    let mut owner = Site::owner();
    let mut colleague = owner.member("Colleague", "contractor");
    let mut intake = Intake::default();
    let folder = owner.folder(FOLDER);
    owner.project.write(folder, Lane::Records, Parts::Changes(Vec::new()), &mut intake).unwrap();
    drop(intake);
    owner.project.ready().unwrap();
    owner.plan(FOLDER, "SP-040");
    owner.meet(&mut colleague);
    assert_eq!(titles(&colleague), ["SP-040 SP-040"]);
}

#[test]
fn two_changes_with_one_number_come_to_the_same_whichever_is_first() {
    let mut owner = Site::owner();
    let insider = owner.member("Insider", "contractor");
    let reader = owner.member("Reader", "consultant");
    let (mut one, mut other) = (insider.copy(), insider.copy());
    let folder = owner.folder(FOLDER);
    written_as(&mut one, folder, 3, 1, [9; 6], "ONE");
    written_as(&mut other, folder, 3, 1, [9; 6], "OTHER");
    other.plan(FOLDER, "AFTER");
    let (mut first, mut second) = (owner.copy(), reader.copy());
    second.take(&owner.envelopes());
    for (site, order) in [(&mut first, [&one, &other]), (&mut second, [&other, &one])] {
        for from in order {
            site.take(&from.envelopes());
        }
    }
    assert_eq!(titles(&first), titles(&second));
    assert_eq!(held(&first), held(&second));
    assert_eq!(titles(&first).len() + held(&first).len(), 3, "nothing is lost: {:?}", held(&first));
    assert!(first.project.rebuild().unwrap().1);
}

#[test]
fn an_envelope_of_several_parts_counts_not_even_in_part() {
    let mut owner = Site::owner();
    let mut insider = owner.member("Insider", "contractor");
    hostile(&mut insider, FOLDER, 0, 2);
    owner.take(&insider.envelopes());
    assert!(titles(&owner).is_empty());
    assert!(held(&owner).iter().any(|(_, why)| why.contains("several parts")), "{:?}", held(&owner));
    assert!(owner.project.rebuild().unwrap().1);
}

/// The first entry of the log of a device that nobody knows.
fn stranger(site: &Site, device: &enginus_envelope::Keypair, salt: [u8; 16]) -> Vec<u8> {
    let draft = enginus_envelope::Draft {
        project: site.project.id(),
        domain: DomainId::authority(&site.project.id()),
        lane: Lane::Records,
        incarnation: [0; 16],
        seq: 1,
        prev: Hash::ZERO,
        authority: Vec::new(),
    };
    let payload = enginus_envelope::Payload { salt, parts: Parts::Statements(Vec::new()), gained: Vec::new() };
    let secret = enginus_envelope::EpochSecret::generate(&mut ambient::rng());
    enginus_envelope::Envelope::seal(draft, &payload, Some(&secret), device, &mut ambient::rng()).unwrap().encode()
}

#[test]
fn logs_of_nobody_are_taken_up_to_a_bound() {
    let mut owner = Site::owner();
    let logs: Vec<Vec<u8>> = (0..400u32)
        .map(|n| {
            let mut seed = [0; 32];
            seed[..4].copy_from_slice(&n.to_be_bytes());
            stranger(&owner, &enginus_envelope::Keypair::from_seed(&seed), [0; 16])
        })
        .collect();
    let received = owner.project.receive(&logs).unwrap();
    assert!(received.new <= 256 && received.refused >= 144, "{received:?}");
    // Nor are branches of one log without bound.
    let device = enginus_envelope::Keypair::from_seed(&[0; 32]);
    let branches: Vec<Vec<u8>> = (1..100u8).map(|n| stranger(&owner, &device, [n; 16])).collect();
    let received = owner.project.receive(&branches).unwrap();
    assert!(received.new <= 4 && received.refused >= 95, "{received:?}");
    // A joiner whose statements follow is still let in.
    let mut late = owner.member("Late", "contractor");
    owner.meet(&mut late);
    assert!(owner.project.members().iter().any(|member| member.name == "Late"));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// The same envelopes in any order, in pieces of any size, any of them twice: the same rows, the same held entries.
    #[test]
    fn any_order_of_arrival_comes_to_the_same(seed in any::<u64>(), piece in 1usize..40) {
        let (envelopes, consultant, expected) = prepared();
        let mut site = consultant.copy();
        let mut rest: Vec<Vec<u8>> = envelopes.clone();
        let mut random = seed | 1;
        let mut next = move |below: usize| {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            usize::try_from(random % (below as u64)).unwrap()
        };
        // As a link does: an entry that comes before its predecessor is refused and offered again.
        loop {
            for at in (1..rest.len()).rev() {
                rest.swap(at, next(at + 1));
            }
            let mut new = 0;
            for piece in rest.chunks(piece) {
                new += site.project.receive(piece).unwrap().new;
            }
            if new == 0 {
                break;
            }
        }
        prop_assert_eq!(&site.register(), &expected.0);
        prop_assert_eq!(&held(&site), &expected.1);
        prop_assert!(site.project.rebuild().unwrap().1, "a rebuild changes nothing");
        prop_assert_eq!(&held(&site), &expected.1);
        let again = site.copy();
        prop_assert_eq!(&again.register(), &expected.0);
        prop_assert!(site.project.state.held.values().all(|held| matches!(held, Held::Review)), "{:?}", held(&site));
    }
}

type Expected = (Vec<(String, String, String)>, BTreeSet<(Hash, String)>);

/// The envelopes of the whole story, a consultant's device from before it, and what it comes to; made once.
fn prepared() -> &'static (Vec<Vec<u8>>, Site, Expected) {
    static PREPARED: std::sync::OnceLock<(Vec<Vec<u8>>, Site, Expected)> = std::sync::OnceLock::new();
    PREPARED.get_or_init(|| {
        let (mut owner, contractor, mut colleague, consultant) = removed_meanwhile();
        let before = consultant.copy();
        owner.meet(&mut colleague);
        owner.take(&contractor.envelopes());
        owner.meet(&mut colleague);
        let mut all = owner.envelopes();
        all.extend(contractor.envelopes());
        all.extend(colleague.envelopes());
        let mut consultant = consultant;
        consultant.take(&all);
        let expected = (consultant.register(), held(&consultant));
        assert_eq!(consultant.register(), owner.register());
        (all, before, expected)
    })
}
