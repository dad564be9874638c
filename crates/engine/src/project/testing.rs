//! Projects of several persons in one test, without a network: what one wrote is given to the others as envelopes.

use enginus_access::{Offer, Terms, Ticket, expand, redeem};
use enginus_crdt::{Edit, Field};
use enginus_model::{DocumentId, DomainId, Language, Template};
use tempfile::TempDir;

use super::{Credentials, NewFile, NewProject, Place, Project, Waiting};
use crate::ambient;
use crate::home::Profile;
use crate::identity::Identity;

/// One person's device with the project.
pub(super) struct Site {
    pub(super) folder: TempDir,
    pub(super) project: Project,
}

fn profile(name: &str) -> Profile {
    Profile { name: name.to_owned(), organisation: None, email: None, port: 0 }
}

fn place(folder: &TempDir, id: enginus_model::ProjectId, identity: Identity) -> Place {
    Place::new(id, folder.path().join("project.redb"), folder.path().join("incarnation"), identity)
}

impl Site {
    /// The owner of a new solar project.
    pub(super) fn owner() -> Self {
        let (folder, identity) = (tempfile::tempdir().unwrap(), Identity::generate());
        let genesis = Project::new_genesis(identity.person.public());
        let template = Template::builtin("ges").unwrap();
        let new = NewProject {
            name: "Plant".to_owned(),
            template,
            language: Language::En,
            buckets: Vec::new(),
            relays: Vec::new(),
        };
        let place = place(&folder, genesis.project_id(), identity);
        let project = Project::create(place, &genesis, &new, &profile("Owner"), "laptop").unwrap();
        Self { folder, project }
    }

    /// A new member, invited by this one.
    pub(super) fn member(&mut self, name: &str, role: &str) -> Self {
        self.invited(name, role, true)
    }

    /// A new member, with the past or without.
    pub(super) fn invited(&mut self, name: &str, role: &str, history: bool) -> Self {
        let ticket = self.ticket(role, history);
        self.joined(name, &ticket)
    }

    /// Somebody who redeems a ticket and says that it was long ago.
    pub(super) fn backdated(ticket: &Ticket) -> Self {
        let (folder, identity) = (tempfile::tempdir().unwrap(), Identity::generate());
        let checked = ticket.check().unwrap();
        let seed = checked.bearer.clone().unwrap();
        let (key, long_ago) = (seed.keypair(), enginus_model::Instant(1));
        let (person, device) = (&identity.person, &identity.device);
        let made = redeem(&key, &checked.invitation, person, device, "laptop", long_ago, &mut ambient::rng()).unwrap();
        let mut statements = ticket.statements.clone();
        statements.extend(made.iter().map(|statement| statement.bytes().to_vec()));
        let credentials = Credentials { statements, invite: Some(seed) };
        let place = place(&folder, checked.project, identity);
        let project = Project::expect(place, &checked.genesis, &Waiting::of_ticket(ticket), &credentials).unwrap();
        Self { folder, project }
    }

    /// A ticket for one person.
    pub(super) fn ticket(&mut self, role: &str, history: bool) -> Ticket {
        let offer = self.offer(role, history);
        let made = self.project.invite(&offer, Terms { uses: 1, redeem_before: None }).unwrap();
        Ticket {
            genesis: self.project.genesis().encode(),
            project_name: "Plant".to_owned(),
            inviter: self.project.identity().person.public(),
            device: self.project.device(),
            addresses: Vec::new(),
            buckets: Vec::new(),
            relays: vec![],
            key: made.key,
            statements: made.statements,
        }
    }

    /// A new member by this ticket.
    pub(super) fn joined(&mut self, name: &str, ticket: &Ticket) -> Self {
        let (folder, identity) = (tempfile::tempdir().unwrap(), Identity::generate());
        let place = place(&folder, self.project.id(), identity);
        let project = Project::await_ticket(place, ticket, &ticket.check().unwrap(), "laptop").unwrap();
        let mut member = Self { folder, project };
        member.take(&self.envelopes());
        member.project.write_card(&profile(name)).unwrap();
        assert!(member.project.is_active());
        self.take(&member.envelopes());
        member
    }

    pub(super) fn offer(&self, role: &str, history: bool) -> Offer {
        let settings = self.project.settings();
        let folders: Vec<_> = settings.folders.iter().map(|(id, folder)| (*id, folder.slug.clone())).collect();
        let role = settings.role(role).unwrap();
        let scope = expand(role, &folders, None).unwrap();
        let (rank, role) = (role.rank, role.id.clone());
        Offer { role, rank, scope, not_after: None, history, despite: Vec::new(), at: ambient::now() }
    }

    pub(super) fn folder(&self, slug: &str) -> DomainId {
        self.project.find_folder(slug).unwrap()
    }

    /// Everything this device holds, in the order it arrived, keys first as a link sends them.
    pub(super) fn envelopes(&self) -> Vec<Vec<u8>> {
        let reader = self.project.store().read().unwrap();
        let mut all = Vec::new();
        let special = [
            DomainId::keys(&self.project.id()),
            DomainId::authority(&self.project.id()),
            DomainId::settings(&self.project.id()),
        ];
        let rest = self.project.state.clock.keys().filter(|domain| !special.contains(domain));
        for domain in special.iter().chain(rest) {
            for (_, key, _) in reader.arrivals_after(0, domain).unwrap() {
                all.push(reader.envelope(&key).unwrap().unwrap());
            }
        }
        all
    }

    /// Takes envelopes as often as any of them is new: what was refused for what comes later is offered again, as a link does.
    pub(super) fn take(&mut self, envelopes: &[Vec<u8>]) {
        while self.project.receive(envelopes).unwrap().new > 0 {}
    }

    /// Both hold what either had.
    pub(super) fn meet(&mut self, other: &mut Self) {
        loop {
            let (mine, theirs) = (self.envelopes(), other.envelopes());
            let before = (mine.len(), theirs.len());
            other.take(&mine);
            self.take(&other.envelopes());
            if before == (self.envelopes().len(), other.envelopes().len()) {
                return;
            }
        }
    }

    /// Plans a document.
    pub(super) fn plan(&mut self, slug: &str, number: &str) -> DocumentId {
        let domain = self.folder(slug);
        let new = NewFile { number: number.to_owned(), title: number.to_owned(), ..NewFile::default() };
        self.project.add_documents(domain, vec![new]).unwrap()[0]
    }

    pub(super) fn retitle(&mut self, slug: &str, document: DocumentId, title: &str) {
        let domain = self.folder(slug);
        let edit = Edit::SetField { document, field: Field::Title, value: title.to_owned() };
        self.project.edit_document(domain, document, &[edit], &[]).unwrap();
    }

    /// The register: folder, number, title.
    pub(super) fn register(&self) -> Vec<(String, String, String)> {
        let mut rows = Vec::new();
        for (domain, view) in self.project.readable_folders() {
            let folder = self.project.settings().folder_name(&domain);
            rows.extend(view.rows().map(|row| (folder.clone(), row.number.to_string(), row.title.to_string())));
        }
        rows.sort();
        rows
    }

    /// The person behind it.
    pub(super) fn me(&self) -> enginus_model::PersonId {
        self.project.me()
    }

    /// The same device as it is now, in a folder of its own: for taking envelopes in, not for writing.
    pub(super) fn copy(&self) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for file in ["project.redb", "incarnation"] {
            std::fs::copy(self.folder.path().join(file), folder.path().join(file)).unwrap();
        }
        let place = place(&folder, self.project.id(), self.project.identity().clone());
        Self { folder, project: Project::open(place).unwrap() }
    }
}
