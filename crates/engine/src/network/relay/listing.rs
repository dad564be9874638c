//! The access list of a relay: what this device says of itself on it, and, where it manages the project, of everybody.

use enginus_access::{Access, AccessList, MAX_LIST_UPDATES, SignedStatement, Subject};
use enginus_envelope::Keypair;
use enginus_model::Hash;
use enginus_net::{Hello, MailboxFrame, RelayAddress, Standing};

use super::super::session::Session;
use super::super::wire::Outgoing;
use crate::ambient;
use crate::api::Failure;
use crate::engine::{blocking, lock};
use crate::project::Project;

/// Comparisons one after another: each adds a bounded number.
const ROUNDS_MAX: usize = 64;

impl Project {
    /// The project's relays: those of its settings, or of the ticket while it is on its way. What is no address is passed over.
    pub(crate) fn relays(&self) -> Vec<RelayAddress> {
        let written = match self.waiting() {
            Some(waiting) => &waiting.relays,
            None => &self.settings().relays,
        };
        let mut relays: Vec<RelayAddress> = written.iter().filter_map(|text| text.parse().ok()).collect();
        relays.sort_unstable();
        relays.dedup_by_key(|relay| relay.device);
        relays
    }

    /// What this device says to a relay first.
    pub(super) fn relay_hello(&self, relay: &RelayAddress) -> Result<Hello, Failure> {
        let identity = self.identity();
        let introduction = AccessList::introduce(&identity.person, &identity.device)
            .map_err(|error| crate::project::internal("introducing this device", error))?;
        Ok(Hello {
            project: self.id(),
            genesis: self.genesis().encode(),
            invites: self.invite_keys().map(|key| key.public().sign).collect(),
            code: relay.code.clone(),
            statements: vec![introduction.bytes().to_vec()],
        })
    }

    /// What redeems this device's invitation on a relay's list, where `chains` lead to it.
    pub(super) fn redeem_on_list(&self, chains: &[Vec<u8>]) -> Result<Vec<Vec<u8>>, Failure> {
        let shown: Vec<SignedStatement> =
            chains.iter().filter_map(|bytes| SignedStatement::decode(bytes).ok()).collect();
        let mut redeemed = Vec::new();
        for key in self.invite_keys() {
            let to_key = |signed: &&SignedStatement| {
                signed.grant().is_some_and(|given| given.subject.is_invite() && *given.subject.key() == key.public())
            };
            let Some(invitation) = shown.iter().find(to_key) else { continue };
            let Some(real) = self.redemption_by(key)? else { continue };
            let made = AccessList::redeem(key, invitation, &self.identity().person, &real);
            redeemed.extend(made.ok().map(|signed| signed.bytes().to_vec()));
        }
        Ok(redeemed)
    }

    /// The statement by which this person redeemed the invitation of `key`.
    fn redemption_by(&self, key: &Keypair) -> Result<Option<Hash>, Failure> {
        let (issuer, me) = (key.public().sign, self.identity().person.public());
        let is_it = |signed: &SignedStatement| {
            signed.grant().is_some_and(|given| given.issuer == issuer && given.subject == Subject::Person(me))
        };
        let shown = self.credentials()?;
        let waiting = shown.iter().filter_map(|bytes| SignedStatement::decode_stored(bytes).ok()).find(is_it);
        let known = || self.authority().statements().find(|signed| is_it(signed)).map(SignedStatement::hash);
        Ok(waiting.map(|signed| signed.hash()).or_else(known))
    }

    /// Whether this person manages anything: whose business the lists of relays are.
    fn tells_lists(&self) -> bool {
        let (authority, me) = (self.authority(), self.identity().person.person_id());
        let domain = enginus_model::DomainId::authority(&self.id());
        self.is_active()
            && (authority.access(&me, &domain) == Access::Manage
                || self.settings().folders.keys().any(|folder| authority.access(&me, folder) == Access::Manage))
    }
}

impl Session {
    /// Asks a relay for its list, once, where telling it is this device's business.
    pub(in crate::network) async fn ask_for_list(&mut self) -> Result<(), Failure> {
        let project = self.project.clone();
        let tells = blocking(move || Ok(lock(&project).tells_lists())).await?;
        let Some(mailbox) = &mut self.mailbox else { return Ok(()) };
        if !tells {
            // Nothing of it is this device's to say.
            self.state.update(|status| status.listed = true);
            return Ok(());
        }
        if mailbox.standing != Standing::Member || mailbox.asked {
            return Ok(());
        }
        mailbox.asked = true;
        self.send(Outgoing::Frame(MailboxFrame::AskList.encode())).await
    }

    /// The relay told statements of its list: of the whole, or what came since.
    pub(super) async fn relay_listed(&mut self, statements: Vec<Vec<u8>>) -> Result<(), Failure> {
        let read = blocking(move || {
            let read = statements.iter().filter_map(|bytes| SignedStatement::decode(bytes).ok());
            Ok(read.collect::<Vec<SignedStatement>>())
        })
        .await?;
        let Some(mailbox) = &mut self.mailbox else { return Ok(()) };
        match &mut mailbox.list {
            Some(list) => *list = list.with(&read),
            None => mailbox.gathering.extend(read),
        }
        Ok(())
    }

    /// The relay told all of its list.
    pub(super) async fn list_told(&mut self) -> Result<(), Failure> {
        let Some(mailbox) = &mut self.mailbox else { return Ok(()) };
        let told = std::mem::take(&mut mailbox.gathering);
        let project = self.project.clone();
        let list = blocking(move || Ok(AccessList::new(lock(&project).genesis(), &told))).await?;
        if let Some(mailbox) = &mut self.mailbox {
            mailbox.list = Some(list);
        }
        self.tell_list().await
    }

    /// Brings the relay's list up to what the project says, as far as this person may.
    pub(in crate::network) async fn tell_list(&mut self) -> Result<(), Failure> {
        for _ in 0..ROUNDS_MAX {
            let Some(list) = self.mailbox.as_ref().and_then(|mailbox| mailbox.list.clone()) else { return Ok(()) };
            let project = self.project.clone();
            let (list, updates) = blocking(move || {
                let (real, identity) = {
                    let project = lock(&project);
                    (project.authority().clone(), project.identity().clone())
                };
                let updates = list.updates(&real, &identity.person, &mut ambient::rng());
                Ok((list.with(&updates), updates))
            })
            .await?;
            let count = updates.len();
            if let Some(mailbox) = &mut self.mailbox {
                mailbox.list = Some(list);
            }
            if count > 0 {
                let statements = updates.iter().map(|signed| signed.bytes().to_vec()).collect();
                self.send(Outgoing::Frame(MailboxFrame::Statements(statements).encode())).await?;
            }
            if count < MAX_LIST_UPDATES {
                break;
            }
        }
        self.state.update(|status| status.listed = true);
        Ok(())
    }
}
