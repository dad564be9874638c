//! What an authority of 10,000 statements costs: 5 managers, about 3,250 members who came by invitations and were certified, removals
//! of every twentieth, and endorsements.
//!
//! `cargo bench -p enginus-access`
#![allow(clippy::unwrap_used, missing_docs)]

use std::sync::LazyLock;

use divan::{Bencher, black_box};
use enginus_access::{
    Acting, Authority, DeviceCertificate, DomainScope, Endorsement, Genesis, LaneSet, Offer, Removal, ScopeEntry,
    SignedStatement, Statement, Target, Terms, grant, invite, redeem, revoke,
};
use enginus_envelope::{DomainTip, Keypair, Tip};
use enginus_model::{DomainId, Hash, Instant, Lane, LogId};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;

const STATEMENTS: usize = 10_000;
const FOLDER: DomainId = DomainId::from_bytes([1; 16]);

fn main() {
    divan::main();
}

struct Project {
    genesis: Genesis,
    statements: Vec<SignedStatement>,
    /// One more statement each.
    more: [(&'static str, Vec<SignedStatement>); 6],
}

fn key(n: u64) -> Keypair {
    Keypair::from_seed(&Hash::of(&n.to_le_bytes()).0)
}

fn certificate(n: u64) -> SignedStatement {
    let certificate = DeviceCertificate::new(key(n).public(), &key(1_000_000 + n), "laptop", Instant(2));
    Statement::Device(certificate).sign(&key(n)).unwrap()
}

fn offer(rank: u32, scope: Vec<ScopeEntry>) -> Offer {
    Offer { role: "contractor".into(), rank, scope, not_after: None, history: true, despite: vec![], at: Instant(9) }
}

fn writer() -> Vec<ScopeEntry> {
    vec![ScopeEntry::write(DomainScope::One(FOLDER), LaneSet::of(&[Lane::Records]))]
}

fn removal(target: Target, keeps: Vec<Hash>) -> Removal {
    let tip = Tip { log: LogId([1; 16]), seq: 5, hash: Hash([5; 32]) };
    Removal { target, cutoffs: vec![tip], keeps, reason: "left the project".into(), at: Instant(20) }
}

static PROJECT: LazyLock<Project> = LazyLock::new(|| {
    let mut rng = ChaCha20Rng::from_seed([7; 32]);
    let genesis = Genesis::new(key(0).public(), Instant(1), &mut rng);
    let root = Acting { project: genesis.project_id(), parent: Hash(genesis.project_id().0), rank: 0 };
    let mut statements = vec![certificate(0)];
    let mut managers = Vec::new();
    for n in 1..=5 {
        let scope = vec![ScopeEntry::manage(DomainScope::All, LaneSet::ALL, LaneSet::ALL)];
        let signed = grant(&key(0), &root, key(n).public(), &offer(10, scope), &mut rng).unwrap();
        managers.push((key(n), Acting { parent: signed.hash(), rank: 10, ..root }));
        statements.extend([signed, certificate(n)]);
    }
    for n in 10u64.. {
        if statements.len() >= STATEMENTS {
            break;
        }
        let (manager, acting) = &managers[usize::try_from(n % 5).unwrap()];
        let terms = Terms { uses: 1, redeem_before: None };
        let (ticket, signed) = invite(manager, acting, &offer(30, writer()), terms, &mut rng).unwrap();
        let device = key(1_000_000 + n);
        statements.extend(redeem(&ticket, &signed, &key(n), &device, "laptop", Instant(10), &mut rng).unwrap());
        statements.push(signed);
        if n % 20 == 0 {
            let removal = removal(Target::Person(key(n).public().person_id()), vec![]);
            statements.push(revoke(manager, acting, removal, &mut rng).unwrap());
        }
        if n % 50 == 0 {
            statements.push(endorsement(manager, acting, n));
        }
    }
    statements.truncate(STATEMENTS);
    let (manager, acting) = &managers[0];
    let (ticket, invited) =
        invite(manager, acting, &offer(30, writer()), Terms { uses: 9, redeem_before: None }, &mut rng).unwrap();
    statements[STATEMENTS - 1] = invited.clone();
    let redeemed = redeem(&ticket, &invited, &key(900_000), &key(900_001), "laptop", Instant(3), &mut rng).unwrap();
    let second = DeviceCertificate::new(key(11).public(), &key(900_002), "phone", Instant(3));
    let gone = removal(Target::Person(key(11).public().person_id()), vec![]);
    let manager_gone = removal(Target::Person(key(2).public().person_id()), vec![]);
    let more = [
        ("grant", vec![grant(manager, acting, key(900_003).public(), &offer(30, writer()), &mut rng).unwrap()]),
        ("device", vec![Statement::Device(second).sign(&key(11)).unwrap()]),
        ("redemption and device", redeemed.to_vec()),
        ("removal of a member", vec![revoke(&key(0), &root, gone, &mut rng).unwrap()]),
        ("endorsement", vec![endorsement(manager, acting, 1)]),
        ("removal of a manager (judged anew)", vec![revoke(&key(0), &root, manager_gone, &mut rng).unwrap()]),
    ];
    Project { genesis, statements, more }
});

fn endorsement(manager: &Keypair, acting: &Acting, seq: u64) -> SignedStatement {
    let tip = Tip { log: LogId([2; 16]), seq, hash: Hash([2; 32]) };
    let endorsement = Endorsement {
        project: acting.project,
        envelopes: vec![DomainTip { domain: FOLDER, tip }],
        reason: "needed".into(),
        issuer: manager.public().sign,
        acting: acting.parent,
        at: Instant(30),
    };
    Statement::Endorse(endorsement).sign(manager).unwrap()
}

#[divan::bench]
fn evaluate_from_nothing(bencher: Bencher) {
    let project = &*PROJECT;
    bencher.bench(|| Authority::evaluate(&project.genesis, black_box(&project.statements)));
}

#[divan::bench(args = ["grant", "device", "redemption and device", "removal of a member", "endorsement", "removal of a manager (judged anew)"])]
fn one_more(bencher: Bencher, name: &str) {
    let project = &*PROJECT;
    let authority = Authority::evaluate(&project.genesis, &project.statements);
    let more = &project.more.iter().find(|(known, _)| *known == name).unwrap().1;
    bencher.bench(|| authority.with(black_box(more)));
}

#[divan::bench]
fn readers_of_a_domain(bencher: Bencher) {
    let project = &*PROJECT;
    let authority = Authority::evaluate(&project.genesis, &project.statements);
    bencher.bench(|| authority.readers(black_box(&FOLDER)));
}

#[divan::bench]
fn barred_from_a_domain(bencher: Bencher) {
    let project = &*PROJECT;
    let authority = Authority::evaluate(&project.genesis, &project.statements);
    bencher.bench(|| authority.barred(black_box(&FOLDER)));
}
