//! Good beginnings for a fuzzer: real encodings, small, the same every time.

use enginus_access::{
    Authority, Contact, DeviceCertificate, DomainScope, EpochRecord, Holder, LaneSet, Offer, Reader, Removal,
    ScopeEntry, SignedStatement, Statement, Target, Terms, Ticket, TicketKey, invite, redeem, revoke,
};
use enginus_crdt::{Edit, Shard, ShardId};
use enginus_envelope::{Draft, Envelope, Keypair, Parts, Payload, ShardChanges};
use enginus_model::{DocumentId, DomainId, Hash, Instant, Lane, LogId, RoleTemplate, Template};
use enginus_sync::bundle::BundleWriter;

use super::envelope::{PROJECT, secret};
use super::from::{key, rng};
use super::statement::genesis;

/// Target, name, bytes.
pub type Seed = (&'static str, String, Vec<u8>);

pub fn all() -> Vec<Seed> {
    let mut seeds = Vec::new();
    let mut add =
        |target: &'static str, name: &str, parts: &[&[u8]]| seeds.push((target, name.to_owned(), parts.concat()));
    envelopes(&mut add);
    access(&mut add);
    keys(&mut add);
    shards(&mut add);
    texts(&mut add);
    files(&mut add);
    talks(&mut add);
    seeds
}

type Add<'a> = &'a mut dyn FnMut(&'static str, &str, &[&[u8]]);

fn sized(bytes: &[u8]) -> Vec<u8> {
    [&u16::try_from(bytes.len()).unwrap().to_le_bytes(), bytes].concat()
}

fn draft(domain: DomainId) -> Draft {
    let (lane, incarnation, prev) = (Lane::Records, [2; 16], Hash::ZERO);
    Draft { project: PROJECT, domain, lane, incarnation, seq: 1, prev, authority: vec![Hash([1; 32])] }
}

fn envelopes(add: Add<'_>) {
    let changes = ShardChanges { generation: 0, actor: [1; 16], previous: None, changes: vec![vec![1, 2, 3]] };
    let payload = Payload { salt: [1; 16], parts: Parts::Changes(vec![changes]), gained: Vec::new() };
    let folder = DomainId::from_bytes([2; 16]);
    let whole = Envelope::seal(draft(folder), &payload, Some(&secret()), &key(1), &mut rng()).unwrap().encode();
    add("envelope", "whole", &[&[0], &whole]);
    let encoded = payload.encode().unwrap();
    add("envelope", "payload", &[&[1], &encoded]);
    let statements = Payload { parts: Parts::Statements(vec![vec![1], vec![]]), ..payload };
    add("envelope", "statements", &[&[1], &statements.encode().unwrap()]);
    // Domain, lane, place, authority heads, content; then one byte altered.
    add("envelope", "sealed", &[&[2, 2, 0, 1, 3], &sized(&encoded), &[0, 9, 0, 0, 0, 1]]);
    let mut writer = BundleWriter::new(Vec::new(), &genesis().encode()).unwrap();
    writer.envelope(&whole).unwrap();
    writer.object(&Hash::of(b"sealed"), b"sealed").unwrap();
    add("bundle", "whole", &[&[0], &writer.finish().unwrap()]);
    add(
        "bundle",
        "written",
        &[&[1], &sized(b"genesis"), &[2], &sized(b"an envelope"), &sized(b"an object."), &[0, 20, 0, 0, 0, 1]],
    );
}

fn offer() -> Offer {
    let scope = vec![ScopeEntry::write(DomainScope::One(DomainId::from_bytes([1; 16])), LaneSet::of(&[Lane::Records]))];
    Offer {
        role: "contractor".into(),
        rank: 30,
        scope,
        not_after: None,
        history: true,
        despite: vec![],
        at: Instant(1),
    }
}

fn access(add: Add<'_>) {
    let (owner, device, mut rng) = (key(0), key(10), rng());
    let genesis = genesis();
    let certificate = DeviceCertificate::new(owner.public(), &device, "laptop", Instant(0));
    let certificate = Statement::Device(certificate).sign(&owner).unwrap();
    let authority = Authority::evaluate(&genesis, [&certificate]);
    let acting = authority.acting_for(&owner.person_id(), &offer()).unwrap();
    let terms = Terms { uses: 1, redeem_before: None };
    let (ticket_key, invitation) = invite(&owner, &acting, &offer(), terms, &mut rng).unwrap();
    let joined = redeem(&ticket_key, &invitation, &key(1), &key(11), "site", Instant(2), &mut rng).unwrap();
    let target = Target::Person(key(1).person_id());
    let authority = authority.with([&invitation]).with(&joined);
    let acting = authority.acting_against(&owner.person_id(), &target).unwrap();
    let removal = Removal { target, cutoffs: Vec::new(), keeps: Vec::new(), reason: "left".into(), at: Instant(3) };
    let removed = revoke(&owner, &acting, removal, &mut rng).unwrap();
    let mut messages = Vec::new();
    for (name, signed) in
        [("device", &certificate), ("invitation", &invitation), ("grant", &joined[0]), ("removal", &removed)]
    {
        if signed.signer() == &owner.public().sign {
            // By itself it counts, or at least reads.
            add("statement", name, &[&[0], signed.bytes()]);
            add("statement", &format!("{name}_again"), &[&[1, 0], &message(signed)]);
        }
        messages.extend(sized(&message(signed)));
    }
    add("statement", "project", &[&[3], &messages]);
    // Two grants, a device, an invitation, its redemption, a removal, an endorsement.
    add("statement", "played", &[&[2], &PLAYED]);
    tickets(add, &authority, &invitation, &ticket_key);
}

const PLAYED: [u8; 96] = {
    let mut acts = [1u8; 96];
    let mut n = 0;
    while n < acts.len() {
        acts[n] = (n * 7 % 11) as u8;
        n += 1;
    }
    acts
};

/// What was signed: behind a version byte and a length of one or two bytes, before the signature.
fn message(signed: &SignedStatement) -> Vec<u8> {
    let bytes = signed.bytes();
    let head = 1 + bytes[1..].iter().take_while(|byte| **byte & 0x80 != 0).count() + 1;
    bytes[head..bytes.len() - 64].to_vec()
}

fn tickets(add: Add<'_>, authority: &Authority, invitation: &SignedStatement, ticket_key: &Keypair) {
    let ticket = Ticket {
        genesis: genesis().encode(),
        project_name: "Sample Plant".into(),
        inviter: key(0).public(),
        device: key(10).device_id(),
        addresses: vec!["192.0.2.7:4711".into()],
        buckets: vec!["file:///srv/bucket".into()],
        relays: vec![],
        key: TicketKey::Bearer(enginus_access::InviteSeed::of(ticket_key)),
        statements: Ticket::proof(authority, &invitation.hash(), &key(10).device_id()),
    };
    add("ticket", "text", &[&[0], ticket.to_string().as_bytes()]);
    add("ticket", "payload", &[&[1], &postcard::to_extend(&ticket, vec![1]).unwrap()]);
    let card = Contact::new(key(1).public(), "Proje Müdürü", "Ön Tasarım");
    add("contact", "text", &[&[0], card.to_string().as_bytes()]);
    add("contact", "payload", &[&[1], &postcard::to_extend(&card, vec![1]).unwrap()]);
}

fn keys(add: Add<'_>) {
    let mut rng = rng();
    let domain = DomainId::from_bytes([1; 16]);
    let reader = |n| Reader {
        key: key(n).public(),
        holder: Holder::Device(key(n).person_id(), key(n).device_id()),
        history: n == 1,
    };
    let (readers, maker) = ([reader(1), reader(2)], key(1));
    let first = EpochRecord::open_epoch(PROJECT, domain, &[], &readers, &maker, &mut rng);
    let second = EpochRecord::open_epoch(PROJECT, domain, &[first.keys], &readers, &maker, &mut rng);
    let shared = EpochRecord::share_epoch(PROJECT, domain, &second.keys, &readers[..1], &maker, &mut rng);
    for (name, record) in [("first", &first.records[0]), ("second", &second.records[0]), ("shared", &shared.records[0])]
    {
        add("record", name, &[&[0], &record.encode()]);
        add("record", &format!("{name}_signed"), &[&[1], &record.encode()]);
    }
}

fn shards(add: Add<'_>) {
    let id = ShardId { domain: DomainId::from_bytes([1; 16]), lane: Lane::Records, generation: 0 };
    let (mut shard, log) = (Shard::new(id), LogId([2; 16]));
    let actor = id.actor(&log, &[3; 6]);
    for n in 0..3 {
        let edit = Edit::AddDocument {
            id: DocumentId::new(n, &[4; 10]),
            number: format!("GES-EL-DR-00{n}"),
            title: "Single line diagram".into(),
            path: String::new(),
            fields: Default::default(),
            revision: None,
        };
        let entry = Edit::SetEntry { key: "name".into(), value: format!("\"{n}\"") };
        let pending = shard.edit(actor, log, Instant(0), &[edit, entry]).unwrap();
        shard.confirm(pending.id);
    }
    let saved = sized(&shard.save());
    add("snapshot", "saved", &[&[0], &saved]);
    add("snapshot", "mended", &[&[1], &saved]);
    // Everybody adds, edits and hears of it.
    add("change", "honest", &[&[0, 0, 0, 0, 0, 2, 1, 1, 0, 1, 1, 2, 2, 2, 0, 2, 2, 1, 1, 1, 3, 3, 1, 2]]);
    add("change", "entries", &[&[0, 0, 2, 8, 0, 1, 8, 1, 2, 8, 2, 3, 1, 2, 0, 2, 2, 0, 1, 0, 1, 8, 0, 3]]);
    // The third one spoils a change of its own.
    add("change", "hostile", &[&[0, 0, 0, 1, 0, 2, 2, 2, 0, 0, 3, 1, 1, 1, 2, 8, 1, 1, 0, 30, 0, 0, 1, 9]]);
    add(
        "change",
        "hostile_edit",
        &[&[0, 0, 0, 1, 0, 2, 2, 2, 0, 0, 3, 0, 3, 0, 1, 2, 20, 0, 3, 9, 0, 0, 0, 0, 0, 0, 0, 7]],
    );
}

fn texts(add: Add<'_>) {
    for (name, text) in [
        ("container", "EDORM-BBA-00-GF-SH-A-0001\nP01.02"),
        ("turkish", "GES-İN-001_VAZİYET PLANI (REV C02).pdf\nC01"),
        ("plain", "SP-001_SITE LAYOUT-P01.pdf\nZ"),
        ("odd", "..\\a/COM1.txt \nFINAL 9"),
    ] {
        add("number", name, &[text.as_bytes()]);
    }
    let template = Template::builtin("engineering").unwrap();
    let role: &RoleTemplate = &template.roles[1];
    add("template", "role", &[&serde_json::to_vec(role).unwrap()]);
    add("template", "engineering", &[&serde_json::to_vec(&template).unwrap()]);
}

fn files(add: Add<'_>) {
    add("sealed_file", "whole", &[&sized(b"lines of a drawing"), &[0]]);
}

fn talks(add: Add<'_>) {
    // Hello; a list of tips; envelopes; they are durable; time passes.
    let hello = [8, 0, 1, 0, 0, 1, 1];
    let holds = [9, 3, 2, 6, 0, 7, 7, 0, 7, 0, 1];
    let tick = [0, 40];
    add("sync", "hello", &[&hello, &tick]);
    add("sync", "holds", &[&hello, &holds, &tick, &[1, 3, 0]]);
    let envelopes = [10, 9, 1, 0, 1, 6, 0, 5, 1, 1];
    add("sync", "envelopes", &[&hello, &holds, &envelopes, &[4], &envelopes, &[5], &tick]);
    add("sync", "asks", &[&hello, &[11, 8, 1, 0, 0, 0, 4, 1, 11, 5, 1, 12, 6, 1, 0, 2, 3, 2, 1], &[1], &tick]);
}
