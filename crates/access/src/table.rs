//! What the table of authority is made of. Every map is ordered, so that no outcome hangs on a hasher, and shares what did not
//! change with the table it came from, so that one more statement costs little.

use std::collections::BTreeSet;
use std::sync::Arc;

use enginus_envelope::{PublicKey, Tip};
use enginus_model::{DeviceId, Hash, Instant, PersonId};
use imbl::{OrdMap, OrdSet};

use crate::capability::{Capability, Subject};
use crate::revocation::{Revocation, Target, merge_tips};
use crate::statement::{SignedStatement, Statement};

/// Statements by hash.
pub(crate) type Statements = OrdMap<Hash, Arc<SignedStatement>>;
/// Grants that count or once did, by hash.
pub(crate) type Grants = OrdMap<Hash, Arc<Held>>;

/// What a revocation left of something.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Cut {
    /// The statements made under it that still count.
    pub(crate) keeps: BTreeSet<Hash>,
    /// The newest entries that still count, of every log that has any.
    pub(crate) tips: Vec<Tip>,
    /// The revocations.
    pub(crate) by: BTreeSet<Hash>,
}

impl Cut {
    pub(crate) fn merge(&mut self, hash: Hash, revocation: &Revocation) {
        self.keeps.extend(revocation.keeps.iter().copied());
        merge_tips(&mut self.tips, &revocation.cutoffs);
        self.by.insert(hash);
    }

    /// What closes an invitation when the grant it was made under is cut: who came and is kept stays.
    pub(crate) fn inherit(&mut self, above: &Self) {
        self.keeps.extend(above.keeps.iter().copied());
        self.by.extend(above.by.iter().copied());
    }
}

/// A grant that counts, or once did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Held {
    pub(crate) capability: Capability,
    /// Grants between it and the genesis.
    pub(crate) depth: u32,
    /// What a revocation left of it; `None` while it is live.
    pub(crate) cut: Option<Cut>,
}

impl Held {
    /// Whether something made under it, with this hash, still counts.
    pub(crate) fn vouches_for(&self, hash: &Hash) -> bool {
        self.cut.as_ref().is_none_or(|cut| cut.keeps.contains(hash))
    }
}

/// Everybody who holds or held a grant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Person {
    /// Their key, as they signed it themselves in a device's certificate.
    pub(crate) own_key: Option<PublicKey>,
    /// Their grants, highest rank first.
    pub(crate) grants: Vec<Hash>,
}

/// A certified device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Device {
    pub(crate) person: PersonId,
    pub(crate) key: PublicKey,
    pub(crate) name: String,
    pub(crate) at: Instant,
    pub(crate) cut: Option<Cut>,
    /// Every member who certified it, by whatever right; more than one only where the device consented to more than one.
    pub(crate) claimants: BTreeSet<PersonId>,
}

/// Who speaks of whom: tells when one more statement may change what was decided about others. It is a function of the set of
/// statements, like the table itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Index {
    /// A statement, and one that hangs on it or acts under it; or a person, and one that hangs on their being a member.
    under: OrdSet<(Hash, Hash)>,
    /// Statements, devices and persons that some statement speaks of otherwise.
    named: OrdSet<[u8; 32]>,
    /// An invitation, and a person who came by it and counts.
    came: OrdSet<(Hash, PersonId)>,
}

impl Index {
    /// Whether any statement refers to this one, which may not be here yet.
    pub(crate) fn refers_to(&self, statement: &Hash) -> bool {
        self.names(&statement.0) || self.under(statement).next().is_some()
    }

    pub(crate) fn names(&self, id: &[u8; 32]) -> bool {
        self.named.contains(id)
    }

    pub(crate) fn name(&mut self, id: [u8; 32]) {
        self.named.insert(id);
    }

    /// What hangs on a grant or acts under it, counting or not.
    pub(crate) fn under(&self, grant: &Hash) -> impl Iterator<Item = &Hash> {
        self.under.range((*grant, Hash([0; 32]))..=(*grant, Hash([0xff; 32]))).map(|(_, under)| under)
    }

    /// Whether one more person could come by an invitation of so many uses, or this one came by it already.
    pub(crate) fn may_come(&self, invitation: &Hash, uses: u32, person: &PersonId) -> bool {
        let uses = usize::try_from(uses).unwrap_or(usize::MAX);
        self.came.contains(&(*invitation, *person)) || self.came_by(invitation).take(uses).count() < uses
    }

    /// Remembers a redemption that counts.
    pub(crate) fn came(&mut self, invitation: Hash, person: PersonId) {
        self.came.insert((invitation, person));
    }

    /// Who came by an invitation and counts.
    pub(crate) fn came_by(&self, invitation: &Hash) -> impl Iterator<Item = &PersonId> {
        let range = (*invitation, PersonId([0; 32]))..=(*invitation, PersonId([0xff; 32]));
        self.came.range(range).map(|(_, person)| person)
    }

    /// Remembers that a statement may count otherwise when a person is removed, or comes back.
    pub(crate) fn hangs_on(&mut self, person: &PersonId, statement: Hash) {
        self.under.insert((Hash(person.0), statement));
        self.name(person.0);
    }

    /// Remembers whom a statement speaks of, once it is among `statements` and judged.
    pub(crate) fn add(
        &mut self,
        hash: Hash,
        statement: &Statement,
        statements: &Statements,
        devices: &OrdMap<DeviceId, Device>,
    ) {
        match statement {
            Statement::Grant(capability) => {
                self.under.insert((capability.parent, hash));
                self.named.extend(capability.despite.iter().map(|despite| despite.0));
            }
            Statement::Endorse(endorsement) => drop(self.under.insert((endorsement.acting, hash))),
            Statement::Device(_) => {}
            Statement::Revoke(revocation) => {
                self.under.insert((revocation.acting, hash));
                self.named.extend(revocation.keeps.iter().map(|kept| kept.0));
                self.add_target(hash, revocation, statements, devices);
            }
        }
    }

    /// Remembers what a statement hangs on that counts under no circumstances: whom a revocation of it speaks of still follows from what
    /// it hangs on.
    pub(crate) fn add_void(&mut self, hash: Hash, statement: &Statement) {
        if let Statement::Grant(capability) = statement {
            self.under.insert((capability.parent, hash));
        }
    }

    fn add_target(
        &mut self,
        hash: Hash,
        revocation: &Revocation,
        statements: &Statements,
        devices: &OrdMap<DeviceId, Device>,
    ) {
        match &revocation.target {
            Target::Person(person) => self.name(person.0),
            Target::Device(device) => {
                self.name(device.0);
                for claimant in devices.get(device).into_iter().flat_map(|device| &device.claimants) {
                    self.hangs_on(claimant, hash);
                }
            }
            Target::Grants(grants) => {
                for grant in grants {
                    self.name(grant.0);
                    if let Some((_, person)) = redeemed(statements, grant) {
                        self.name(person.0);
                    }
                }
            }
        }
    }
}

/// The capability of a grant, whether it counts or not.
pub(crate) fn grant_of<'a>(statements: &'a Statements, hash: &Hash) -> Option<&'a Capability> {
    statements.get(hash).and_then(|signed| signed.grant())
}

/// Whether a statement is a grant to an invite key.
pub(crate) fn is_invite(statements: &Statements, hash: &Hash) -> bool {
    grant_of(statements, hash).is_some_and(|capability| capability.subject.is_invite())
}

/// The invitation a grant was redeemed from, and by whom.
pub(crate) fn redeemed(statements: &Statements, grant: &Hash) -> Option<(Hash, PersonId)> {
    let capability = grant_of(statements, grant).filter(|capability| is_invite(statements, &capability.parent))?;
    Some((capability.parent, PersonId(capability.subject.key().sign)))
}

/// Everybody who holds or held one of `held`.
pub(crate) fn persons_of(held: &Grants) -> OrdMap<PersonId, Person> {
    let mut persons: std::collections::BTreeMap<PersonId, Vec<(u32, Hash)>> = std::collections::BTreeMap::new();
    for (hash, held) in held {
        if let Subject::Person(person) = &held.capability.subject {
            persons.entry(person.person_id()).or_default().push((held.capability.rank, *hash));
        }
    }
    persons
        .into_iter()
        .map(|(person, mut grants)| {
            grants.sort_unstable();
            let grants = grants.into_iter().map(|(_, hash)| hash).collect();
            (person, Person { own_key: None, grants })
        })
        .collect()
}
