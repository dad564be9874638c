//! A project as an engine would publish it, made by hand.

use std::collections::BTreeMap;
use std::sync::Arc;

use enginus_engine::api::{
    FileState, FolderSnapshot, HomeSnapshot, IdentityInfo, LockState, MemberInfo, Notice, NoticeKind, PeerState,
    ProjectSnapshot, ProjectState, ProjectSummary, RelayState, SessionState, SyncState,
};
use enginus_model::{
    DeviceId, DocumentId, DomainId, EpochId, FileRef, Hash, Instant, Language, ManifestRef, PersonId, ProjectId,
    RevisionId, Sha256, Template,
};
use enginus_query::{Author, DocumentRow, FieldConflict, Fields, FolderView, Removal, RevisionRow};

#[path = "samples/access.rs"]
pub(crate) mod access;

/// 2026-11-20T08:00:00Z.
const START: i64 = 1_795_161_600_000;
const MINUTE: i64 = 60_000;

pub(crate) const PROJECT: ProjectId = ProjectId([7; 32]);

/// Number's end, title, reason.
const DRAWINGS: [(&str, &str, &str); 23] = [
    ("RP-E-0001", "Design justification report", "First issue for the grid operator"),
    ("DR-C-1001", "Site layout", "Access road moved to the north gate after the site visit"),
    ("DR-C-1002", "Fence and gates", "First issue for coordination"),
    ("DR-C-1003", "Drainage and earthworks", "Culvert added under the access road"),
    ("DR-S-2001", "Pile layout, blocks 1 to 4", "Pile spacing from the pull-out tests"),
    ("DR-S-2002", "Pile layout, blocks 5 to 8", "Pile spacing from the pull-out tests"),
    ("DR-S-2003", "Module table, sections and details", "Torque values of the maker added"),
    ("DR-E-3001", "Single-line diagram, medium voltage", "Relay settings of the grid operator"),
    ("DR-E-3002", "Single-line diagram, low voltage", "Inverter type changed"),
    ("DR-E-3003", "Transformer station layout", "Door widened for the 2 500 kVA unit"),
    ("DR-E-3004", "Overhead-line profile, poles 1 to 9", "Land survey of October"),
    ("DR-E-3005", "Earthing layout", "Soil resistivity measured"),
    ("DR-E-3006", "Cable routes, direct current", "Trench depth for the farm crossing"),
    ("DR-E-3007", "Cable routes, medium voltage", "First issue for review"),
    ("CA-E-4001", "Short-circuit calculation", "Fault level given by the grid operator"),
    ("CA-E-4002", "Cable sizing calculation", "Aluminium instead of copper"),
    ("CA-E-4003", "Energy yield assessment", "First issue for the investor"),
    ("SH-E-5001", "String and inverter schedule", "Inverter type changed"),
    ("SH-E-5002", "Cable schedule", "Aluminium instead of copper"),
    ("DR-E-3008", "Lightning protection", "First issue for review"),
    ("DR-E-3009", "Lighting and cameras", "First issue for review"),
    ("DR-E-3010", "SCADA and communication", "Fibre to the grid operator's station"),
    ("SP-E-6001", "Switchgear specification", "Tender"),
];

pub(crate) fn person(n: u8) -> Author {
    Author { person: Some(PersonId([n; 32])), device: DeviceId([n; 32]) }
}

fn id(n: u32) -> DocumentId {
    let mut bytes = [0; 16];
    bytes[12..].copy_from_slice(&n.to_be_bytes());
    DocumentId::from_bytes(bytes)
}

fn file(n: u32, name: &str, size: u64) -> FileRef {
    let mark = Hash::of(format!("{n} {name}").as_bytes());
    FileRef {
        name: name.to_owned(),
        size,
        sha256: Sha256(mark.0),
        manifest: ManifestRef { object: mark, content: mark, epoch: EpochId::NONE },
    }
}

fn revision(n: u32, code: &str, status: &str, reason: &str, by: u8, name: &str) -> RevisionRow {
    let mut mark = [0; 16];
    mark[..4].copy_from_slice(&n.to_be_bytes());
    mark[15] = by;
    RevisionRow {
        id: RevisionId::from_bytes(mark),
        code: code.into(),
        status: status.into(),
        reason: reason.into(),
        files: vec![file(n, name, 180_000 + u64::from(n) * 94_321 % 3_900_000)],
        by: person(by).into(),
        at: Instant(START + i64::from(n % 997) * 173 * MINUTE % (40 * 24 * 60 * MINUTE)),
        in_conflict: false,
    }
}

fn drawing(n: u32, domain: DomainId) -> DocumentRow {
    let (end, title, reason) = DRAWINGS[n as usize % DRAWINGS.len()];
    let number = format!("GES12-DES-XX-ZZ-{end}");
    let by = 1 + (n % 3) as u8;
    let mut revisions =
        vec![revision(n * 10, "P01", "S1", "First issue for coordination", by, &format!("{number}_{title}-P01.pdf"))];
    if n.is_multiple_of(2) {
        revisions.push(revision(n * 10 + 1, "P02", "S3", reason, by, &format!("{number}_{title}-P02.pdf")));
    }
    if n.is_multiple_of(7) {
        revisions.push(revision(n * 10 + 2, "C01", "A1", reason, 1, &format!("{number}_{title}-C01.pdf")));
    }
    let path = if end.starts_with("CA") { "Calculations" } else { "" };
    let mut row = DocumentRow {
        id: id(n + 1),
        domain,
        number,
        title: title.to_owned(),
        path: path.into(),
        fields: Fields::from([("package", "PK-02")]),
        by: person(by).into(),
        at: Instant(START),
        removed: None,
        revisions,
        conflicts: Vec::new(),
        number_clash: false,
    };
    row.finish();
    row
}

/// The 23 drawings, with one of each thing that waits for a person.
pub(crate) fn drawings(domain: DomainId) -> Vec<DocumentRow> {
    let mut rows: Vec<_> = (0..DRAWINGS.len() as u32).map(|n| drawing(n, domain)).collect();
    let layout = &mut rows[1];
    let late = |by, reason: &str| {
        revision(500 + u32::from(by), "P02", "S3", reason, by, "GES12-DES-XX-ZZ-DR-C-1001_Site layout-P02.pdf")
    };
    layout.revisions.push(late(1, "Access road moved to the north gate after the site visit"));
    layout.revisions.push(late(3, "Fence set back from the stream"));
    layout.conflicts.push(FieldConflict {
        field: "title".to_owned(),
        winner: "Site layout".to_owned(),
        losers: vec![("General site layout".to_owned(), person(3))],
    });
    layout.finish();
    rows[20].revisions.clear();
    rows[22].removed =
        Some(Removal { reason: "Belongs to another tender".to_owned(), by: person(1), at: Instant(START) }.into());
    rows
}

/// A row of a very large register.
pub(crate) fn generated(n: u32, domain: DomainId) -> DocumentRow {
    let mut row = drawing(n, domain);
    row.number = format!("GES12-DES-XX-ZZ-DR-E-{n:06}");
    row.fields = Fields::new();
    row
}

pub(crate) fn domain(n: u8) -> DomainId {
    DomainId::from_bytes([n; 16])
}

pub(crate) fn people() -> BTreeMap<PersonId, String> {
    [(1, "Owner"), (2, "Design office"), (3, "Contractor")].map(|(n, name)| (PersonId([n; 32]), name.to_owned())).into()
}

pub(crate) fn identity() -> IdentityInfo {
    IdentityInfo {
        person: PersonId([1; 32]),
        device: DeviceId([1; 32]),
        name: "Owner".to_owned(),
        organisation: Some("Investor".to_owned()),
        email: None,
        port: 4711,
    }
}

fn members() -> Vec<MemberInfo> {
    let member = |n: u8, name: &str, organisation: &str, role: &str| MemberInfo {
        person: PersonId([n; 32]),
        name: name.to_owned(),
        organisation: organisation.to_owned(),
        email: String::new(),
        roles: vec![role.to_owned()],
        devices: vec![(DeviceId([n; 32]), "Laptop".to_owned())],
        is_me: n == 1,
    };
    vec![
        member(1, "Owner", "Investor", "owner"),
        member(2, "Design office", "", "design-office"),
        member(3, "Contractor", "Site", "contractor"),
    ]
}

/// The project with its seven folders; the second holds `rows`.
pub(crate) fn project(rows: Vec<DocumentRow>) -> ProjectSnapshot {
    let template = Template::all().into_iter().find(|template| template.id == "ges").unwrap();
    let mut rows = Some(rows);
    let folders = template.folders.iter().enumerate().map(|(n, folder)| {
        let domain = domain(n as u8 + 1);
        let inside = if n == 1 { rows.take().unwrap_or_default() } else { Vec::new() };
        FolderSnapshot {
            domain,
            slug: folder.slug.clone(),
            names: folder.name.by_code(),
            view: FolderView::from_rows(domain, inside),
            arriving: None,
            may_write: n != 6,
        }
    });
    let folders: Vec<_> = folders.collect();
    let files =
        folders[1].view.rows().flat_map(|row| row.revisions.clone()).flat_map(|revision| revision.files).enumerate();
    let state = |n: usize| match n % 9 {
        0 => FileState::HereOnly,
        4 => FileState::Elsewhere,
        7 => FileState::Fetching { percent: 42 },
        _ => FileState::HereAndElsewhere,
    };
    ProjectSnapshot {
        id: PROJECT,
        generation: 1,
        name: "Solar plant, 12 MWp".to_owned(),
        language: Language::En,
        state: ProjectState::Active,
        statuses: template.suitability.iter().map(|code| (code.code.clone(), code.label.by_code())).collect(),
        roles: template.roles.iter().map(|role| (role.id.clone(), role.name.by_code())).collect(),
        may_invite: true,
        members: Arc::new(members()),
        people: Arc::new(people()),
        access: Arc::new(access::access(&template)),
        sync: SyncState {
            peers: vec![peer(2, "Design office", true, true), peer(3, "Contractor", false, false)],
            relays: vec![
                relay(8, "relay.example:4430", true, None),
                relay(9, "192.0.2.40:4430", false, Some("the relay's disk is full; nothing more is put there for now")),
            ],
            confirmed: Some(Instant(START + 90 * MINUTE)),
            buckets: vec![("s3://ges12-documents/project".to_owned(), None)],
            unsent: 0,
            transfers: 2,
        },
        files: files.map(|(n, file)| (file.manifest.object, state(n))).collect(),
        notices: vec![Notice {
            kind: NoticeKind::Waiting,
            text: "3 envelopes of the contractor's laptop wait for a key that has not arrived".to_owned(),
            at: Instant(START + 50 * MINUTE),
        }],
        folders,
    }
}

fn peer(n: u8, name: &str, connected: bool, in_sync: bool) -> PeerState {
    PeerState {
        device: DeviceId([n; 32]),
        name: name.to_owned(),
        connected,
        in_sync,
        last_in_sync: Some(Instant(START + 90 * MINUTE)),
    }
}

fn relay(n: u8, host: &str, in_sync: bool, problem: Option<&str>) -> RelayState {
    RelayState {
        device: DeviceId([n; 32]),
        address: format!("relay://{}@{host}", format!("{n:02x}").repeat(32)),
        host: host.to_owned(),
        connected: in_sync,
        in_sync,
        last_in_sync: Some(Instant(START + 80 * MINUTE)),
        problem: problem.map(str::to_owned),
    }
}

/// A home with `project`.
pub(crate) fn home(project: &ProjectSnapshot) -> HomeSnapshot {
    let summary = ProjectSummary {
        id: project.id,
        name: project.name.clone(),
        state: "active".to_owned(),
        roles: vec!["owner".to_owned()],
        documents: project.folders.iter().map(|folder| folder.view.counts().documents as u64).sum(),
    };
    HomeSnapshot {
        identity: Some(identity()),
        projects: vec![summary],
        addresses: vec!["192.0.2.7:4711".to_owned()],
        session: SessionState { lock: LockState::Unprotected, phrase_confirmed: true },
    }
}
