//! Small fixtures for this crate's tests.

use enginus_envelope::{Keypair, Tip};
use enginus_model::{DomainId, Hash, Instant, Lane, LogId, PersonId, ProjectId};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;

use crate::{
    Acting, Authority, Capability, DeviceCertificate, DomainScope, Genesis, LaneSet, Offer, Refusal, Removal,
    ScopeEntry, SignedStatement, Statement, Target, Terms, grant, invite, redeem, revoke,
};

pub(crate) fn rng(seed: u64) -> ChaCha20Rng {
    ChaCha20Rng::seed_from_u64(seed)
}

pub(crate) fn keypair(n: u16) -> Keypair {
    let mut seed = [0x5a; 32];
    seed[..2].copy_from_slice(&n.to_le_bytes());
    Keypair::from_seed(&seed)
}

pub(crate) const OWNER: u16 = 1;

pub(crate) fn folder(n: u8) -> DomainId {
    DomainId::from_bytes([n; 16])
}

pub(crate) fn tip(log: u8, seq: u64, hash: u8) -> Tip {
    Tip { log: LogId([log; 16]), seq, hash: Hash([hash; 32]) }
}

pub(crate) fn writer(n: u8) -> Vec<ScopeEntry> {
    vec![ScopeEntry::write(DomainScope::One(folder(n)), LaneSet::of(&[Lane::Records, Lane::Comments]))]
}

pub(crate) fn manager() -> Vec<ScopeEntry> {
    vec![ScopeEntry::manage(DomainScope::All, LaneSet::of(&[Lane::Records]), LaneSet::ALL)]
}

pub(crate) fn offer(role: &str, rank: u32, scope: Vec<ScopeEntry>) -> Offer {
    Offer { role: role.to_owned(), rank, scope, not_after: None, history: true, despite: Vec::new(), at: Instant(10) }
}

/// A project and everything said in it so far. Person `n` has key `n` and device key `1000 + n`.
pub(crate) struct World {
    pub(crate) genesis: Genesis,
    pub(crate) statements: Vec<SignedStatement>,
    pub(crate) rng: ChaCha20Rng,
}

impl World {
    pub(crate) fn new() -> Self {
        let mut rng = rng(7);
        let genesis = Genesis::new(keypair(OWNER).public(), Instant(1), &mut rng);
        let mut world = Self { genesis, statements: Vec::new(), rng };
        world.certify(OWNER);
        world
    }

    pub(crate) fn project(&self) -> ProjectId {
        self.genesis.project_id()
    }

    /// What was said so far comes to; the same at once and one by one.
    pub(crate) fn authority(&self) -> Authority {
        let whole = Authority::evaluate(&self.genesis, &self.statements);
        let nothing = Authority::evaluate(&self.genesis, []);
        let stepwise = self.statements.iter().fold(nothing, |authority, signed| authority.with([signed]));
        assert_eq!(stepwise, whole);
        whole
    }

    pub(crate) fn add(&mut self, signed: SignedStatement) -> Hash {
        self.statements.push(signed);
        self.statements[self.statements.len() - 1].hash()
    }

    pub(crate) fn certify(&mut self, n: u16) -> Hash {
        let certificate = DeviceCertificate::new(keypair(n).public(), &keypair(1000 + n), "device", Instant(2));
        self.add(Statement::Device(certificate).sign(&keypair(n)).unwrap())
    }

    /// Person `by` gives `offer` to person `to`, who certifies a device.
    pub(crate) fn grant(&mut self, by: u16, to: u16, offer: &Offer) -> Hash {
        let acting = self.authority().acting_for(&person(by), offer).unwrap();
        self.certify(to);
        let signed = grant(&keypair(by), &acting, keypair(to).public(), offer, &mut self.rng).unwrap();
        self.add(signed)
    }

    /// Person `by` invites; the answer is the invite key and the invitation.
    pub(crate) fn invite(&mut self, by: u16, offer: &Offer, uses: u32) -> (Keypair, SignedStatement) {
        let acting = self.authority().acting_for(&person(by), offer).unwrap();
        let terms = Terms { uses, redeem_before: None };
        let (key, signed) = invite(&keypair(by), &acting, offer, terms, &mut self.rng).unwrap();
        self.add(signed.clone());
        (key, signed)
    }

    /// Person `n` redeems an invitation at `at`; the answer is the grant.
    pub(crate) fn redeem(&mut self, invitation: &(Keypair, SignedStatement), n: u16, at: i64) -> Hash {
        let (key, signed) = invitation;
        let [granted, certificate] =
            redeem(key, signed, &keypair(n), &keypair(1000 + n), "device", Instant(at), &mut self.rng).unwrap();
        self.add(certificate);
        self.add(granted)
    }

    /// Person `by` takes back `target`, with nothing kept and no work standing unless said so.
    pub(crate) fn revoke(&mut self, by: u16, target: Target, cutoffs: Vec<Tip>, keeps: Vec<Hash>) -> Hash {
        let acting = self.authority().acting_against(&person(by), &target).unwrap();
        self.revoke_as(by, &acting, target, cutoffs, keeps)
    }

    /// The same under a grant of the caller's choice, permitted or not.
    pub(crate) fn revoke_as(
        &mut self,
        by: u16,
        acting: &Acting,
        target: Target,
        cutoffs: Vec<Tip>,
        keeps: Vec<Hash>,
    ) -> Hash {
        let removal = Removal { target, cutoffs, keeps, reason: "test".to_owned(), at: Instant(20) };
        let signed = revoke(&keypair(by), acting, removal, &mut self.rng).unwrap();
        self.add(signed)
    }

    /// A grant made by somebody with a program of their own: `change` alters an honest capability before it is signed.
    pub(crate) fn forge(&mut self, by: u16, to: u16, parent: Hash, change: impl FnOnce(&mut Capability)) -> Hash {
        let mut capability = Capability {
            subject: crate::Subject::Person(keypair(to).public()),
            issuer: keypair(by).public().sign,
            parent,
            rank: 50,
            scope: writer(1),
            role: "contractor".to_owned(),
            ..Capability::root(&self.genesis)
        };
        change(&mut capability);
        self.add(Statement::Grant(capability).sign_unchecked(&keypair(by)))
    }
}

pub(crate) fn person(n: u16) -> PersonId {
    keypair(n).person_id()
}

/// Why a statement does not count, where it does not.
pub(crate) fn refusal(authority: &Authority, hash: &Hash) -> Option<Refusal> {
    authority.refusal(hash)
}

/// What the founding owner acts under.
pub(crate) fn root(world: &World) -> Hash {
    Hash(world.project().0)
}

/// A world with a document controller (2) and a contractor (3), and their grants.
pub(crate) fn world() -> (World, Hash, Hash) {
    let mut world = World::new();
    let controller = world.grant(OWNER, 2, &offer("document-controller", 10, manager()));
    let contractor = world.grant(OWNER, 3, &offer("contractor", 30, writer(1)));
    (world, controller, contractor)
}
