//! Statements about access, and what a set of them comes to: the same in every order, and nothing for those whom nobody let in.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use enginus_access::{
    Access, Authority, Capability, DeviceCertificate, DomainScope, Endorsement, Genesis, InviteKey, LaneSet,
    Revocation, ScopeEntry, SignedStatement, Statement, Subject, Target,
};
use enginus_envelope::{DomainTip, PublicKey, Signature, Tip};
use enginus_model::{DomainId, Hash, Instant, Lane, LogId};

use super::from::{From, key, varint};

const CONTEXT: &str = "enginus 1 access statement";
const PERSONS: u8 = 6;
const ACTS: usize = 24;

/// Owner and members 0 to 5, their devices from 10, invite keys from 20.
static KEYS: LazyLock<Vec<PublicKey>> = LazyLock::new(|| (0..30).map(|n| key(n).public()).collect());

pub fn genesis() -> Genesis {
    Genesis { owner: KEYS[0], nonce: [0; 16], at: Instant(0) }
}

pub fn run(data: &[u8]) -> bool {
    let mut from = From::new(data);
    match from.below(4) {
        0 => read(from.rest()),
        1 => {
            let signer = from.below(PERSONS);
            let message = from.rest();
            read(&outer(message, &key(signer).sign(CONTEXT, message).0))
        }
        2 => evaluated(&played(from)),
        _ => {
            let mut statements = Vec::new();
            while !from.is_empty() {
                statements.extend(SignedStatement::decode_stored(&outer(from.bytes(), &[0; 64])).ok());
            }
            !statements.is_empty() && evaluated(&statements)
        }
    }
}

fn outer(message: &[u8], signature: &[u8; 64]) -> Vec<u8> {
    [&[1], &*varint(message.len() as u64), message, signature].concat()
}

fn read(bytes: &[u8]) -> bool {
    let Ok(signed) = SignedStatement::decode(bytes) else { return false };
    assert_eq!((signed.bytes(), signed.hash()), (bytes, Hash::of(bytes)));
    assert_eq!(SignedStatement::decode_stored(bytes).as_ref(), Ok(&signed));
    evaluated(&[signed])
}

/// Evaluation never looks at a signature, so that a whole project can be played without making any.
fn said(statement: &Statement) -> Option<SignedStatement> {
    let message = postcard::to_extend(statement, vec![1]).unwrap();
    SignedStatement::decode_stored(&outer(&message, &[0; 64])).ok()
}

fn folder(n: u8) -> DomainId {
    DomainId::from_bytes([n; 16])
}

fn tip(from: &mut From<'_>) -> Tip {
    Tip { log: LogId([from.below(3); 16]), seq: u64::from(from.below(5)), hash: Hash([from.below(4); 32]) }
}

fn scope(from: &mut From<'_>) -> Vec<ScopeEntry> {
    let lanes = |bits: u8| {
        LaneSet::of(&Lane::ALL.into_iter().filter(|lane| bits & (1 << *lane as u8) != 0).collect::<Vec<_>>())
    };
    (0..=from.below(3))
        .map(|_| {
            let domain = match from.below(4) {
                0 => DomainScope::All,
                n => DomainScope::One(folder(n)),
            };
            match from.below(8) {
                0 => ScopeEntry::pull(domain),
                1 => ScopeEntry::read(domain),
                2 | 3 => ScopeEntry::write(domain, lanes(from.byte())),
                4 => ScopeEntry::manage(domain, lanes(from.byte()), lanes(from.byte())),
                _ => ScopeEntry::manage(domain, LaneSet::ALL, LaneSet::ALL),
            }
        })
        .collect()
}

/// What members, managers and cheats say, each hanging on something said before.
fn played(mut from: From<'_>) -> Vec<SignedStatement> {
    let genesis = genesis();
    let project = genesis.project_id();
    let mut known = vec![(Hash(project.0), Capability::root(&genesis))];
    let mut statements: Vec<SignedStatement> = Vec::new();
    while !from.is_empty() && statements.len() < ACTS {
        let kind = from.below(8);
        let (parent, above) = known[usize::from(from.byte()) % known.len()].clone();
        // Mostly by whoever holds what it hangs on.
        let issuer =
            if from.below(8) == 0 { KEYS[usize::from(from.below(PERSONS))].sign } else { above.subject.key().sign };
        let (at, nonce) = (Instant(i64::from(from.below(8))), [from.below(3); 16]);
        let hashes = |from: &mut From<'_>, most: u8| -> Vec<Hash> {
            let all: Vec<Hash> = statements.iter().map(SignedStatement::hash).collect();
            (0..from.below(most))
                .filter_map(|_| all.get(usize::from(from.byte()) % all.len().max(1)).copied())
                .collect()
        };
        let statement = match kind {
            0..=3 => {
                let whom = usize::from(from.below(PERSONS));
                let redeems = above.subject.is_invite();
                let subject = match from.below(4) {
                    0 if !redeems => {
                        let (key, uses) = (KEYS[20 + usize::from(from.below(5))], 1 + u32::from(from.below(2)));
                        Subject::Invite(InviteKey { key, uses, redeem_before: None })
                    }
                    _ => Subject::Person(KEYS[whom]),
                };
                let as_invited = redeems && from.below(8) != 0;
                let despite = if as_invited { Vec::new() } else { hashes(&mut from, 3) };
                let (rank, scope) = match as_invited {
                    true => (above.rank, above.scope.clone()),
                    false => ((above.rank + u32::from(from.below(4))).max(1), scope(&mut from)),
                };
                Statement::Grant(Capability {
                    subject,
                    rank,
                    scope,
                    despite,
                    issuer,
                    parent,
                    nonce,
                    at,
                    ..above.clone()
                })
            }
            4 => {
                let (person, device) = (KEYS[usize::from(from.below(PERSONS))], KEYS[10 + usize::from(from.below(6))]);
                let consent = Signature([0; 64]);
                Statement::Device(DeviceCertificate { person, device, name: String::new(), at, consent })
            }
            5 => {
                let envelopes = vec![DomainTip { domain: folder(from.below(4)), tip: tip(&mut from) }];
                Statement::Endorse(Endorsement {
                    project,
                    envelopes,
                    reason: String::new(),
                    issuer,
                    acting: parent,
                    at,
                })
            }
            _ => {
                let target = match from.below(3) {
                    0 => Target::Person(KEYS[usize::from(from.below(PERSONS))].person_id()),
                    1 => Target::Grants(hashes(&mut from, 4)),
                    _ => Target::Device(KEYS[10 + usize::from(from.below(6))].device_id()),
                };
                let (cutoffs, keeps, reason) = (vec![tip(&mut from)], hashes(&mut from, 4), String::new());
                Statement::Revoke(Revocation {
                    project,
                    target,
                    cutoffs,
                    keeps,
                    reason,
                    issuer,
                    acting: parent,
                    nonce,
                    at,
                })
            }
        };
        let Some(signed) = said(&statement) else { continue };
        if let Statement::Grant(capability) = statement {
            known.push((signed.hash(), capability));
        }
        statements.push(signed);
    }
    statements
}

fn evaluated(statements: &[SignedStatement]) -> bool {
    let genesis = genesis();
    let whole = Authority::evaluate(&genesis, statements);
    let nothing = Authority::evaluate(&genesis, []);
    let one_by_one = statements.iter().fold(nothing.clone(), |authority, signed| authority.with([signed]));
    assert_eq!(one_by_one, whole, "the order of arrival decides nothing");
    let backwards = statements.iter().rev().fold(nothing.clone(), |authority, signed| authority.with([signed]));
    assert_eq!(backwards, whole, "the order of arrival decides nothing");
    let in_lots = statements.chunks(5).rev().fold(nothing, |authority, lot| authority.with(lot));
    assert_eq!(in_lots.with(statements), whole, "neither does repetition");

    let let_in: BTreeSet<[u8; 32]> =
        statements.iter().filter_map(|signed| Some(signed.grant()?.subject.key().sign)).chain([KEYS[0].sign]).collect();
    for person in &KEYS[..usize::from(PERSONS)] {
        let id = person.person_id();
        assert_eq!(whole.rank(&id) == Some(0), id == genesis.owner_id(), "nobody stands beside the owner");
        for n in 0..4 {
            let access = whole.access(&id, &folder(n));
            assert!(access == Access::None || let_in.contains(&person.sign), "nobody let them in");
            assert!(whole.access_at(&id, &folder(n), Instant(5)) <= access, "time gives nothing");
        }
        let _ = (whole.cutoffs(&id), whole.removal_of(&id), whole.invitations_to_close(&id));
    }
    for device in &KEYS[10..16] {
        let id = device.device_id();
        if let Some(person) = whole.person_of(&id) {
            assert!(
                !whole.may_write(&id, &folder(1), Lane::Records) || whole.access(&person, &folder(1)) >= Access::Write
            );
        }
        let _ =
            whole.standing(&id, &folder(1), Lane::Records, &Tip { log: LogId([1; 16]), seq: 1, hash: Hash([1; 32]) });
        let _ = whole.removal_of_device(&id);
    }
    let _ = (whole.members(), whole.former_members(), whole.invitations(), whole.history(), whole.readers(&folder(1)));
    whole.refused().len() < statements.len()
}
