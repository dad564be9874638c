//! Who may do what in the sample project.

use std::collections::BTreeMap;

use enginus_engine::api::{
    AccessChange, AccessEvent, AccessView, DeviceAccess, DeviceInfo, FolderAccess, InvitationEntry, MemberAccess,
    RemovedInfo, ReviewEntry,
};
use enginus_model::{DeviceId, Hash, Instant, PersonId, Template};

use super::{MINUTE, PROJECT, START};

const DAY: i64 = 24 * 60 * MINUTE;

/// The time in these tests: 2026-11-22T09:30:00Z.
pub(crate) const NOW: Instant = Instant(1_795_339_800_000);

/// A number, name, organisation, role, devices, days until the access ends.
type Person = (u8, &'static str, &'static str, &'static str, &'static [(u8, &'static str)], Option<i64>);

const PEOPLE: [Person; 6] = [
    (1, "Owner", "Investor", "owner", &[(1, "Laptop"), (11, "Office computer")], None),
    (4, "Document controller", "Investor", "document-controller", &[(4, "Laptop")], None),
    (2, "Design office", "Electrical and civil design", "design-office", &[(2, "Workstation")], None),
    (3, "Contractor", "Site", "contractor", &[(3, "Laptop"), (13, "Site tablet")], Some(130)),
    (5, "Consultant", "Owner's engineer", "consultant", &[(5, "Laptop")], Some(400)),
    (6, "Lender", "Bank", "investor", &[(6, "Laptop")], Some(-1)),
];

/// Everybody, one former member, two invitations, nothing to review.
pub(crate) fn access(template: &Template) -> AccessView {
    let mut members: Vec<_> = PEOPLE.iter().map(|person| member(template, person)).collect();
    let former = (7, "Subcontractor", "Piling", "contractor", &[(7, "Laptop")][..], None);
    members.push(MemberAccess {
        folders: BTreeMap::new(),
        former: true,
        may_change: false,
        ..member(template, &former)
    });
    let entry = |n: u8, role: &str, folders: &[&str], days: i64, uses_left: u32, joined: &[&str]| InvitationEntry {
        id: Hash([n; 32]),
        role: role.to_owned(),
        folders: folders.iter().map(|folder| (*folder).to_owned()).collect(),
        by: "Owner".to_owned(),
        at: Instant(START + 30 * MINUTE),
        expires: Some(Instant(NOW.0 + days * DAY)),
        expired: days < 0,
        uses_left,
        joined: joined.iter().map(|name| (*name).to_owned()).collect(),
    };
    AccessView {
        members,
        invitations: vec![
            entry(0xa1, "contractor", &["Materials", "Site Control Forms"], 28, 3, &["Contractor"]),
            entry(0xb2, "consultant", &[], -1, 1, &[]),
        ],
        waiting_for_review: 0,
        may_review: false,
    }
}

fn member(template: &Template, (n, name, organisation, role, devices, days): &Person) -> MemberAccess {
    let found = template.roles.iter().find(|known| known.id == *role).unwrap();
    let in_folder = |slug: &str| FolderAccess {
        read: found.read.contains(slug),
        records: found.write_records.contains(slug),
        comments: found.read.contains(slug),
        reviews: found.review.contains(slug),
        manage: found.manage,
    };
    let seen = |device: u8| Some(Instant(START + i64::from(device) * 97 * MINUTE));
    let devices = devices.iter().map(|(device, name)| DeviceAccess {
        device: DeviceId([*device; 32]),
        name: (*name).to_owned(),
        since: Instant(START - 20 * DAY),
        removed: false,
        last_seen: seen(*device),
    });
    MemberAccess {
        person: PersonId([*n; 32]),
        name: (*name).to_owned(),
        organisation: (*organisation).to_owned(),
        roles: vec![(*role).to_owned()],
        rank: found.rank,
        folders: template.folders.iter().map(|folder| (folder.slug.clone(), in_folder(&folder.slug))).collect(),
        devices: devices.collect(),
        invited_by: (*n != 1).then(|| "Owner".to_owned()),
        since: Instant(START - i64::from(30 - *n) * DAY),
        not_after: days.map(|days| Instant(NOW.0 + days * DAY)),
        last_seen: seen(*n),
        former: false,
        is_me: *n == 1,
        may_change: *n != 1,
    }
}

/// What removing the contractor would do.
pub(crate) fn change(done: bool) -> AccessChange {
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    AccessChange {
        person: PersonId([3; 32]),
        name: "Contractor".to_owned(),
        done,
        devices: names(&["Laptop", "Site tablet"]),
        loses_reading: names(&[
            "Connection Assessment",
            "Projects",
            "Project Supporting Documents",
            "Materials",
            "Site Control Forms",
            "General Control",
            "Payment Requests",
        ]),
        loses_writing: names(&["Projects", "Materials", "Site Control Forms"]),
        gains: Vec::new(),
        entries_kept: 12,
        entries_held: 1,
        last_seen: Some(Instant(START + 291 * MINUTE)),
        brought_in: names(&["Subcontractor 2"]),
        keys_renewed: 9,
    }
}

/// Decisions, oldest first.
pub(crate) fn history() -> Vec<AccessEvent> {
    let event =
        |n: u8, kind: &str, by: &str, about: &str, role: &str, reason: &str, refused: Option<&str>| AccessEvent {
            id: Hash([n; 32]),
            kind: kind.to_owned(),
            by: by.to_owned(),
            about: about.to_owned(),
            role: role.to_owned(),
            reason: reason.to_owned(),
            at: Instant(START - 25 * DAY + i64::from(n) * 2 * DAY),
            refused: refused.map(str::to_owned),
            signer: format!("{n:02x}c4{n:02x}7e").repeat(8),
        };
    vec![
        event(1, "grant", "Owner", "Owner", "owner", "", None),
        event(2, "invitation", "Owner", "a1a1a1a1", "contractor", "", None),
        event(3, "joined", "Owner", "Contractor", "contractor", "", None),
        event(4, "device", "Contractor", "Contractor 0d0d0d0d", "", "", None),
        event(5, "grant", "Owner", "Design office", "design-office", "Framework contract of September", None),
        event(
            6,
            "removal",
            "Contractor",
            "Design office",
            "",
            "Late deliveries",
            Some("the signer does not stand above"),
        ),
        event(7, "role-change", "Owner", "1", "", "Also writes the calculations now", None),
        event(8, "cancellation", "Owner", "b2b2b2b2", "", "Sent to the wrong address", None),
        event(9, "removal", "Owner", "Subcontractor", "", "The piling contract has ended", None),
        event(10, "device-removal", "Owner", "Owner 0b0b0b0b", "", "Lost on the train", None),
        event(11, "acceptance", "Owner", "2", "", "Measured on site, needed for the as-built drawings", None),
    ]
}

/// What the subcontractor wrote and nobody had received.
pub(crate) fn held() -> Vec<ReviewEntry> {
    let entry = |n: u8, folder: &str, documents: &[&str], may_accept: bool| ReviewEntry {
        id: Hash([n; 32]),
        by: "Subcontractor".to_owned(),
        device: DeviceId([7; 32]),
        folder: folder.to_owned(),
        received: Instant(START + i64::from(n) * MINUTE),
        documents: documents.iter().map(|number| (*number).to_owned()).collect(),
        may_accept,
    };
    vec![
        entry(0x21, "Site Control Forms", &["GES12-SIT-XX-ZZ-FM-C-7001", "GES12-SIT-XX-ZZ-FM-C-7002"], true),
        entry(0x22, "Materials", &["GES12-MAT-XX-ZZ-CE-S-8001"], true),
        entry(0x23, "Payment Requests", &[], false),
    ]
}

/// How the project ended for somebody.
pub(crate) fn removed() -> RemovedInfo {
    RemovedInfo {
        by: "Owner".to_owned(),
        at: Instant(START + 40 * MINUTE),
        reason: "The piling contract has ended".to_owned(),
    }
}

/// This person's devices.
pub(crate) fn devices() -> Vec<DeviceInfo> {
    let device = |n: u8, name: &str, is_this: bool, removed: bool| DeviceInfo {
        device: DeviceId([n; 32]),
        name: name.to_owned(),
        since: Some(Instant(START - i64::from(n) * DAY)),
        is_this,
        removed,
        projects: vec![(PROJECT, "Solar plant, 12 MWp".to_owned())],
    };
    vec![
        device(1, "Laptop", true, false),
        device(11, "Office computer", false, false),
        device(12, "Old phone", false, true),
    ]
}

/// 24 words of the list; nobody's.
pub(crate) const WORDS: &str = "anchor bridge cement dozen engine fabric gravel harbor island jacket kitchen ladder magnet \
                                network orbit panel quality rail solar timber uniform valve window zone";
