//! Random projects: what members, managers and cheats may say, for properties that hold whatever is said.

use enginus_envelope::DomainTip;
use enginus_model::{Hash, Instant};
use proptest::prelude::*;

use crate::testing::{OWNER, World, folder, keypair, manager, person, tip, writer};
use crate::{
    Acting, Capability, DeviceCertificate, Endorsement, InviteKey, SignedStatement, Statement, Subject, Target,
};

/// One random act of one random person; most are honest, many are not allowed.
pub(crate) type Act = (u8, u16, u16, u8, i64);

/// Plays the acts, from the genesis on.
pub(crate) fn play(acts: &[Act]) -> World {
    let mut world = World::new();
    let mut grants = vec![(OWNER, Hash(world.project().0), 0u32)];
    let mut invites: Vec<(enginus_envelope::Keypair, SignedStatement)> = Vec::new();
    for &(kind, who, whom, pick, at) in acts {
        let (holder, parent, rank) = grants[usize::from(pick) % grants.len()];
        let signer = if kind % 11 == 0 { who } else { holder };
        match kind % 9 {
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
                // Mostly one's own device.
                let device = 1000 + if pick.is_multiple_of(3) { whom } else { who };
                let certificate =
                    DeviceCertificate::new(keypair(who).public(), &keypair(device), "device", Instant(at));
                world.add(Statement::Device(certificate).sign(&keypair(who)).unwrap());
            }
            5 => {
                let tip = tip(pick % 3, u64::from(pick % 5), pick % 7);
                let endorsement = Endorsement {
                    project: world.project(),
                    envelopes: vec![DomainTip { domain: folder(pick % 3), tip }],
                    reason: String::new(),
                    issuer: keypair(signer).public().sign,
                    acting: parent,
                    at: Instant(at),
                };
                world.add(Statement::Endorse(endorsement).sign(&keypair(signer)).unwrap());
            }
            _ => {
                let target = match pick % 3 {
                    0 => Target::Person(person(whom)),
                    1 => Target::Grants(named(&grants, whom)),
                    _ if whom.is_multiple_of(2) => Target::Device(keypair(1000 + signer).device_id()),
                    _ => Target::Device(keypair(1000 + whom).device_id()),
                };
                let made = grants.iter().map(|(_, hash, _)| *hash);
                let made = made.chain(invites.iter().map(|(_, signed)| signed.hash()));
                let keeps = made.skip(usize::from(pick) % 4).step_by(1 + usize::from(at % 2 == 0)).collect();
                // Often the owner's, who stands above everybody.
                let (signer, parent, rank) = if at % 3 == 0 { grants[0] } else { (signer, parent, rank) };
                let acting = Acting { project: world.project(), parent, rank };
                let cutoffs = vec![tip(pick % 3, u64::from(pick % 5), pick)];
                world.revoke_as(signer, &acting, target, cutoffs, keeps);
            }
        }
    }
    world
}

/// One or two of the grants made so far.
fn named(grants: &[(u16, Hash, u32)], whom: u16) -> Vec<Hash> {
    let nth = |n: usize| grants[n % grants.len()].1;
    let last = nth(grants.len() - 1 + usize::from(whom) * 5);
    if whom.is_multiple_of(2) { vec![last] } else { vec![nth(usize::from(whom)), last] }
}

/// A grant of the given kind, which its issuer may or may not be allowed to give.
pub(crate) fn give(
    world: &mut World,
    signer: u16,
    subject: Subject,
    parent: Hash,
    rank: u32,
    pick: u8,
    at: i64,
) -> Hash {
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

/// Up to forty random acts of six persons.
pub(crate) fn acts() -> impl Strategy<Value = Vec<Act>> {
    prop::collection::vec((any::<u8>(), 1u16..7, 1u16..7, any::<u8>(), 0i64..50), 1..40)
}
