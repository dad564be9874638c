//! A project whose members are simulated devices.

use enginus_access::{AccessList, MAX_LIST_UPDATES};
use enginus_access::{Authority, DomainScope, Genesis, LaneSet, Offer, ScopeEntry, SignedStatement, grant};
use enginus_model::{DomainId, Instant, Lane, ProjectId};
use enginus_net::{MailboxFrame, RelayAddress};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;

use crate::device::Device;

/// Grants evaluated together.
const RANK: u32 = 30;

/// A project and its owner.
pub(crate) struct Project {
    pub(crate) genesis: Genesis,
    pub(crate) owner: Device,
    real: Authority,
    rng: ChaCha20Rng,
}

/// The `n`th folder.
pub(crate) fn folder(n: u32) -> DomainId {
    let mut id = [5; 16];
    id[..4].copy_from_slice(&n.to_be_bytes());
    DomainId::from_bytes(id)
}

impl Project {
    /// The project whose owner is the `n`th device of the run.
    pub(crate) async fn new(n: u32) -> anyhow::Result<Self> {
        let mut rng = ChaCha20Rng::seed_from_u64(u64::from(n));
        let owner = Device::new(n).await?;
        let genesis = Genesis::new(owner.person.public(), Instant(1), &mut rng);
        let real = Authority::evaluate(&genesis, [&owner.certificate()?]);
        Ok(Self { genesis, owner, real, rng })
    }

    pub(crate) fn id(&self) -> ProjectId {
        self.genesis.project_id()
    }

    /// Makes these devices members, each of the folder beside it.
    pub(crate) fn admit<'a>(&mut self, members: impl Iterator<Item = (&'a Device, DomainId)>) -> anyhow::Result<()> {
        let mut statements: Vec<SignedStatement> = Vec::new();
        for (member, folder) in members {
            let offer = Offer {
                role: "contractor".to_owned(),
                rank: RANK,
                scope: vec![ScopeEntry::write(DomainScope::One(folder), LaneSet::of(&[Lane::Records]))],
                not_after: None,
                history: true,
                despite: vec![],
                at: Instant(2),
            };
            let acting = self.real.acting_for(&self.owner.person.person_id(), &offer)?;
            statements.push(grant(&self.owner.person, &acting, member.person.public(), &offer, &mut self.rng)?);
            statements.push(member.certificate()?);
        }
        self.real = self.real.with(&statements);
        Ok(())
    }

    /// Tells the relay who is a member, as a manager's device does.
    pub(crate) async fn tell(&mut self, relay: &RelayAddress) -> anyhow::Result<()> {
        let mut talk = self.owner.meet(relay, &self.genesis).await?;
        let mut list = AccessList::new(&self.genesis, []);
        loop {
            let updates = list.updates(&self.real, &self.owner.person, &mut self.rng);
            let Some(last) = updates.last().map(|signed| signed.bytes().to_vec()) else { break };
            let statements = updates.iter().map(|signed| signed.bytes().to_vec()).collect();
            talk.say(&MailboxFrame::Statements(statements)).await?;
            // It tells back what it has added.
            talk.say(&MailboxFrame::AskList).await?;
            loop {
                match talk.hear().await? {
                    MailboxFrame::Statements(told) if told.contains(&last) => break,
                    _ => {}
                }
            }
            list = list.with(&updates);
            if updates.len() < MAX_LIST_UPDATES {
                break;
            }
        }
        talk.end();
        Ok(())
    }
}
